import { expect, test } from 'vitest';
import { proxiesOf, proxyFault, proxyVariables, reachesThisMachine, throughProxy } from '../../src/lib/proxies.ts';
import { isProxyException } from '../../src/lib/proxy-exceptions.ts';

const proxy = 'http://user:secret@proxy.example.com:3128';

function isDirect(url: string, ...noProxy: string[]): boolean {
  return proxiesOf({ proxy, noProxy })(url).proxy === false;
}

test.each([
  [
    'example.com',
    ['https://example.com/', 'https://a.example.com/', 'http://EXAMPLE.com.:81/'],
    ['https://xexample.com/'],
  ],
  [
    '.example.com',
    ['https://a.example.com/', 'https://b.a.example.com/'],
    ['https://example.com/', 'https://xexample.com/'],
  ],
  ['*.example.com', ['https://a.example.com/'], ['https://example.com/', 'https://xexample.com/']],
  ['Example.COM:8443', ['https://example.com:8443/', 'https://a.example.com:8443/'], ['https://example.com/']],
  ['.example.com:443', ['https://a.example.com/'], ['http://a.example.com/', 'https://a.example.com:8443/']],
  ['192.0.2.7', ['https://192.0.2.7/', 'http://[::ffff:192.0.2.7]/'], ['https://192.0.2.70/']],
  ['192.0.2.7:80', ['http://192.0.2.7/'], ['https://192.0.2.7/']],
  ['192.0.2.0/24', ['https://192.0.2.200:1/'], ['https://192.0.3.1/', 'https://192.example.com/']],
  ['192.0.2.0/24:8443', ['https://192.0.2.200:8443/'], ['https://192.0.2.200/']],
  ['2001:db8::7', ['https://[2001:db8:0::7]/'], ['https://[2001:db8::8]/']],
  ['2001:db8::/32', ['https://[2001:db8:1::7]:99/'], ['https://[2001:db9::7]/']],
  ['[2001:db8::/32]:443', ['https://[2001:db8:1::7]/'], ['http://[2001:db8:1::7]/']],
  ['*', ['https://example.com/', 'http://192.0.2.7/', 'https://[2001:db8::7]/'], []],
])('the exception %s', (exception, direct, byProxy) => {
  expect(direct.filter((url) => !isDirect(url, exception))).toEqual([]);
  expect(byProxy.filter((url) => isDirect(url, exception))).toEqual([]);
});

test.each(['', 'a b', 'http://example.com', '*.192.0.2.7', 'example.*', '192.0.2.0/33', 'example.com:0', '**', '.'])(
  '"%s" is no exception',
  (text) => {
    expect(isProxyException(text)).toBe(false);
  },
);

test.each([
  ...['http://127.0.0.1:8000', 'http://127.9.9.9', 'https://localhost', 'https://localhost.', 'https://a.localhost'],
  ...['http://[::1]:8000', 'http://[::ffff:127.0.0.1]', 'http://0.0.0.0:8000', 'http://[::]:8000', 'http://2130706433'],
])('%s is this machine, which no proxy reaches', (url) => {
  expect(isDirect(url)).toBe(true);
  expect(reachesThisMachine(url)).toBe(true);
});

test('everything else goes through the proxy, whatever NO_PROXY of the environment says', () => {
  expect(proxiesOf({ proxy })('https://example.com')).toEqual({ proxy: { url: proxy, respectNoProxy: false } });
  expect(proxiesOf({})('https://example.com')).toEqual({ proxy: false });
  expect(reachesThisMachine('https://example.com')).toBe(false);
  expect(reachesThisMachine('unix:/run/a.sock')).toBe(true);
});

test('a message names the proxy without its credentials', () => {
  expect(throughProxy(proxiesOf({ proxy })('https://example.com'))).toBe(
    ' through the proxy http://proxy.example.com:3128',
  );
  expect(throughProxy(proxiesOf({})('https://example.com'))).toBe('');
});

test.each([
  ['http://proxy.example.com:3128', undefined],
  ['http://user:secret@[2001:db8::1]:3128/', undefined],
  ['proxy.example.com:3128', 'it is not a URL'],
  ['proxy', 'it is not a URL'],
  ['https://proxy.example.com', 'its scheme is https, and only http is supported'],
  ['socks5://user:secret@proxy.example.com', 'its scheme is socks5, and only http is supported'],
  ['http://proxy.example.com/path', 'a path has no place in it'],
])('the proxy %s: %s', (text, problem) => {
  expect(proxyFault(text)).toBe(problem);
});

test('variables that name a proxy', () => {
  const environment = { HTTPS_PROXY: 'http://a', http_proxy: 'b', All_Proxy: 'c', NO_PROXY: '*', https_proxy: '' };
  expect(proxyVariables({ ...environment, FTP_PROXY: 'd' })).toEqual(['HTTPS_PROXY', 'http_proxy', 'All_Proxy']);
});
