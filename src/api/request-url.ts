import { AppError } from '../lib/errors.ts';

/** Stands in for the host the client named, which nothing here depends on: it may be missing, or of any length. */
const anyHost = 'http://localhost';

/** Where a request goes. */
export interface RequestUrl {
  /** Without the slash at its end, but for the root and for secrets. */
  readonly pathname: string;
  /** All of it, query included. */
  readonly href: string;
}

/**
 * Path and query of a request. Zero or one trailing slash is the same path; a fragment has no place in a
 * request. The host is always the same one: the framework takes names of up to three letters for a part of the path.
 *
 * @throws AppError `invalid_url` when the `Host` of the request is no host
 */
export function requestUrl(request: Request): RequestUrl {
  const sent = URL.parse(request.url, anyHost);
  if (sent === null) throw new AppError('invalid_url', 'the Host of the request is no host', { hint: 'check the URL' });
  const { pathname: written, search } = sent;
  const plain = written.endsWith('/') && written !== '/' ? written.slice(0, -1) : written;
  const pathname = /^\/api\/v0\/secrets(\/|$)/.test(written) ? secretInOnePart(written) : plain;
  return { pathname, href: anyHost + pathname + search };
}

/**
 * Of a secret any number of parts name it, and a slash at the end means something: for the table of routes it is one part, its
 * slashes encoded.
 */
function secretInOnePart(pathname: string): string {
  const [, , , , ...parts] = pathname.split('/');
  const written = parts.join('/');
  try {
    return `/api/v0/secrets/${encodeURIComponent(written === '' ? '/' : decodeURIComponent(written))}`;
  } catch {
    // What encodes no text is told of by `checkEncoding`.
    return pathname;
  }
}

/** The path as the client wrote it, for authenticators that compare it and for the log. What follows it may be a secret. */
export function writtenPath({ url }: Request): string {
  return URL.parse(url, anyHost)?.pathname ?? url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
}

/**
 * The framework would take a percent sign that encodes nothing for a fault of ours.
 *
 * @throws AppError `invalid_url`
 */
export function checkEncoding(pathname: string): void {
  try {
    decodeURIComponent(pathname);
  } catch (cause) {
    throw new AppError('invalid_url', `the path ${pathname.slice(0, 80)} has a percent sign that encodes no UTF-8`, {
      hint: 'write a percent sign itself as %25',
      cause,
    });
  }
}
