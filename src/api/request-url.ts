import { AppError } from '../lib/errors.ts';

/** Replaces the host that the client named: it may be missing, or of any length, and nothing here depends on it. */
const anyHost = 'http://localhost';

/** The destination of a request. */
export interface RequestUrl {
  /** Without a trailing slash, except for the root and for secrets. */
  readonly pathname: string;
  /** The whole URL, with its query; undefined when the routes can use the URL of the request. */
  readonly href: string | undefined;
}

/**
 * Matches the URL of almost every request: a valid host, and a path and query without encoded characters. Parsing a URL
 * by all its rules costs more than most of the work of a request.
 */
const plainUrl = (() => {
  const byte = /(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)/.source;
  // Not every text after `xn--` is a name, nor every number a port: those URLs are parsed by all the rules.
  const label = /(?!xn--)[a-z][a-z\d-]*/.source;
  const host = `(?:(?=[^/:]{4})(?:${label}\\.)*${label}|(?:${byte}\\.){3}${byte})`;
  const port = /(?::[1-5]?\d{1,4})?/.source;
  const path = /((?:\/[\w~-][\w.~:-]*)+)/.source;
  const query = /(?:\?[\w.~:%=&,*-]*)?/.source;
  return new RegExp(`^https?://${host}${port}${path}${query}$`);
})();

/**
 * Path and query of a request. One trailing slash or none is the same path, and so is a doubled leading one: old clients
 * append a path to an endpoint that ends in a slash. A request has no fragment. The host is always the same one: the
 * framework takes host names of up to three letters for a part of the path.
 *
 * @throws AppError `invalid_url` when the `Host` of the request is not a host
 */
export function requestUrl({ url }: Pick<Request, 'url'>): RequestUrl {
  const plain = plainPathOf(url);
  if (plain !== undefined && !isOfSecrets(plain)) return { pathname: plain, href: undefined };
  const sent = URL.parse(url, anyHost);
  if (sent === null) throw new AppError('invalid_url', 'the Host of the request is no host', { hint: 'check the URL' });
  const { search } = sent;
  const written = sent.pathname.replace(/^\/\//, '/');
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
 * The name of a secret has any number of segments, and a trailing slash has a meaning. For the table of routes it
 * becomes one segment, with its slashes encoded.
 */
function secretInOnePart(pathname: string): string {
  const [, , , , ...parts] = pathname.split('/');
  const written = parts.join('/');
  try {
    return `/api/v0/secrets/${encodeURIComponent(written === '' ? '/' : decodeURIComponent(written))}`;
  } catch {
    // `checkEncoding` reports an invalid encoding.
    return pathname;
  }
}

/**
 * The path as the client wrote it, for authenticators that compare it and for the log. The query may contain a secret.
 */
export function writtenPath({ url }: Pick<Request, 'url'>): string {
  const path = plainPathOf(url) ?? URL.parse(url, anyHost)?.pathname;
  return path ?? url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
}

/**
 * Checks the encoding here: the framework would treat an invalid percent sign as an internal error.
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
