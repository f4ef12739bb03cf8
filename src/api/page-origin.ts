import { AppError } from '../lib/errors.ts';

/**
 * Browsers send the credentials and client certificates they know with the requests of any page; the server must check
 * whose page it is. `Sec-Fetch-Site` says it (W3C Fetch Metadata), and where that is missing `Origin` does (RFC 6454).
 * Clients other than browsers send neither.
 *
 * @param what the attempt of the page, for the message: `open a WebSocket`
 * @throws AppError `forbidden` for a request of a page that this server did not send
 */
export function checkPageOrigin(headers: Headers, what: string): void {
  if (isOwnPage(headers)) return;
  const origin = headers.get('origin') ?? 'another site';
  throw new AppError('forbidden', `a page of ${origin.slice(0, 80)} may not ${what} here`, {
    hint: 'do it from a page of this server, or from a program that is no browser',
  });
}

function isOwnPage(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  const origin = headers.get('origin');
  return origin === null || URL.parse(origin)?.host === headers.get('host');
}
