import { AppError } from '../lib/errors.ts';

/** Stands in for the host the client named, which nothing here depends on: it may be missing, or of any length. */
const anyHost = 'http://localhost';

/** Where a request goes. */
export interface RequestUrl {
  /** Without the slash at its end, but for the root and for secrets. */
  readonly pathname: string;
  /** All of it, query included; undefined when the request has it as the routes are to see it. */
  readonly href: string | undefined;
}

/**
 * What almost every request has: a host that is one, and letters in path and query of which none stands for another.
 * To take a URL apart by all its rules costs more than most of what is done with it.
 */
const plainUrl = (() => {
  const byte = /(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)/.source;
  // Not all that follows `xn--` is a name, nor every number a port: those are looked at by all the rules.
  const label = /(?!xn--)[a-z][a-z\d-]*/.source;
  const host = `(?:(?=[^/:]{4})(?:${label}\\.)*${label}|(?:${byte}\\.){3}${byte})`;
  const port = /(?::[1-5]?\d{1,4})?/.source;
  const path = /((?:\/[\w~-][\w.~:-]*)+)/.source;
  const query = /(?:\?[\w.~:%=&,*-]*)?/.source;
  return new RegExp(`^https?://${host}${port}${path}${query}$`);
})();

/**
 * Path and query of a request. Zero or one trailing slash is the same path; a fragment has no place in a
 * request. The host is always the same one: the framework takes names of up to three letters for a part of the path.
 *
 * @throws AppError `invalid_url` when the `Host` of the request is no host
 */
export function requestUrl({ url }: Pick<Request, 'url'>): RequestUrl {
  const plain = plainPathOf(url);
  if (plain !== undefined && !isOfSecrets(plain)) return { pathname: plain, href: undefined };
  const sent = URL.parse(url, anyHost);
  if (sent === null) throw new AppError('invalid_url', 'the Host of the request is no host', { hint: 'check the URL' });
  const { pathname: written, search } = sent;
  const unended = written.endsWith('/') && written !== '/' ? written.slice(0, -1) : written;
  const pathname = isOfSecrets(written) ? secretInOnePart(written) : unended;
  return { pathname, href: anyHost + pathname + search };
}

function plainPathOf(url: string): string | undefined {
  return plainUrl.exec(url)?.[1];
}

function isOfSecrets(pathname: string): boolean {
  return /^\/api\/v0\/secrets(\/|$)/.test(pathname);
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
export function writtenPath({ url }: Pick<Request, 'url'>): string {
  const path = plainPathOf(url) ?? URL.parse(url, anyHost)?.pathname;
  return path ?? url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
}

/**
 * The framework would take a percent sign that encodes nothing for a fault of ours.
 *
 * @throws AppError `invalid_url`
 */
export function checkEncoding(pathname: string): void {
  if (!pathname.includes('%')) return;
  try {
    decodeURIComponent(pathname);
  } catch (cause) {
    throw new AppError('invalid_url', `the path ${pathname.slice(0, 80)} has a percent sign that encodes no UTF-8`, {
      hint: 'write a percent sign itself as %25',
      cause,
    });
  }
}
