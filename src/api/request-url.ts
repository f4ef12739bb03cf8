import { AppError } from '../lib/errors.ts';

/** Stands in for the host the client named, which nothing here depends on: it may be missing, or of any length. */
const anyHost = 'http://localhost';

/**
 * Path and query of a request, as a URL. Zero or one trailing slash is the same path; a fragment has no place in a
 * request. The host is always the same one: the framework takes names of up to three letters for a part of the path.
 *
 * @throws AppError `invalid_url` when the `Host` of the request is no host
 */
export function requestUrl(request: Request): URL {
  const sent = URL.parse(request.url, anyHost);
  if (sent === null) throw new AppError('invalid_url', 'the Host of the request is no host', { hint: 'check the URL' });
  const url = new URL(anyHost);
  url.pathname = sent.pathname.endsWith('/') ? sent.pathname.slice(0, -1) : sent.pathname;
  url.search = sent.search;
  return url;
}

/** The path as the client wrote it, for authenticators that compare it and for the log. */
export function writtenPath(request: Request): string {
  return URL.parse(request.url, anyHost)?.pathname ?? request.url;
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
