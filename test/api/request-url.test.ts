import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestUrl, writtenPath } from '../../src/api/request-url.ts';
import { AppError } from '../../src/lib/errors.ts';

/** Mostly of the first kind, so that many URLs have nothing odd about them. */
const mostly = (plain: readonly string[], odd: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...plain) }, { weight: 1, arbitrary: odd });

const oddHosts = [
  ...['ab', 'a.b', 'xn--nxasmq6b', 'xn--a', 'a.xn--b.c', 'web.7', '0x7f.1', 'we b1', 'user@web1'],
  ...['256.1.1.1', '1.2.3', '08.0.2.7', '[::1]', '[1:2]'],
];
const oddSegments = ['.', '..', '.a', '', '%2e', '%2f', 'a%zz', 'a;b', "a'b", 'ä', 'a b', '\\', 'a//b', '~..', 'a/'];
const url = fc
  .record({
    scheme: fc.constantFrom('http', 'https'),
    host: mostly(
      ['localhost', 'jump.example.com', 'a1-.x', '127.0.0.1', '198.51.100.255'],
      fc.constantFrom(...oddHosts),
    ),
    port: mostly(['', ':8000', ':59999'], fc.constantFrom(':', ':80', ':65535', ':65536', ':99999')),
    path: fc.array(
      mostly(
        ['api', 'v0', 'host', '10.0.0.1', '~a_b-c', 'fe80:1'],
        fc.oneof(fc.constantFrom(...oddSegments), fc.string({ unit: fc.constantFrom(...'az09._~:-%/') })),
      ),
      { maxLength: 6 },
    ),
    end: mostly(
      ['', '?a=b&c=%20', '?target=a*,b', '?'],
      fc.constantFrom('?a="b"', "?a='", '?ä', '?a=(1)', '#x', '?a#x'),
    ),
  })
  .map(({ scheme, host, port, path, end }) => `${scheme}://${host}${port}/${path.join('/')}${end}`);

/** What is read of it, by the rules of URLs alone. */
function expected(text: string): { pathname: string; tail: string } | undefined {
  const parsed = URL.parse(text);
  if (parsed === null) return undefined;
  const { search } = parsed;
  const written = parsed.pathname.startsWith('//') ? parsed.pathname.slice(1) : parsed.pathname;
  const pathname = written.endsWith('/') && written !== '/' ? written.slice(0, -1) : written;
  return { pathname, tail: pathname + search };
}

test('a plain URL is read as all the rules would read it', () => {
  let plain = 0;
  fc.assert(
    fc.property(url, (text) => {
      const wanted = expected(text);
      if (wanted === undefined) {
        expect(() => requestUrl({ url: text })).toThrow(AppError);
        return;
      }
      const { pathname, href } = requestUrl({ url: text });
      expect(pathname).toBe(wanted.pathname);
      expect(writtenPath({ url: text })).toBe(URL.parse(text)?.pathname);
      if (href === undefined) plain += 1;
      // A plain one goes to the routes as it is; they cut the path out of it where they expect it.
      const seen = href ?? text;
      expect(seen.slice(seen.indexOf('/', 11)).replace(/\?$/, '')).toBe(wanted.tail);
    }),
    { numRuns: 5_000 },
  );
  expect(plain).toBeGreaterThan(50);
});
