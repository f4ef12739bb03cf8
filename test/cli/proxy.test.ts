import { expect, test } from 'vitest';
import { type HttpProxy, startHttpProxy } from '../support/http-proxy.ts';
import { commctl } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

const list = ['cluster', 'list'];
const answers = { 'GET /api/v0/clusters': json(['web']) };

/** A configuration whose server has a name that only the proxy knows. */
function file(server: TestServer, members: object = {}): string {
  return JSON.stringify({
    endpoint: `http://jump.example.com:${server.port}`,
    username: 'a',
    password: 'b',
    ...members,
  });
}

interface Way {
  members: (proxy: HttpProxy) => object;
  environment: (proxy: HttpProxy) => Record<string, string>;
}

test.each<[string, Way]>([
  ['"proxy" of the file', { members: ({ url }) => ({ proxy: url }), environment: () => ({}) }],
  ['$COMMCTL_PROXY', { members: () => ({}), environment: ({ url }) => ({ COMMCTL_PROXY: url }) }],
  [
    '$COMMCTL_PROXY, which counts before the file',
    { members: () => ({ proxy: 'http://192.0.2.1:1' }), environment: ({ url }) => ({ COMMCTL_PROXY: url }) },
  ],
  [
    '"proxy", whatever NO_PROXY and HTTP_PROXY say',
    {
      members: ({ url }) => ({ proxy: url }),
      environment: () => ({ NO_PROXY: '*', http_proxy: 'http://127.0.0.1:1' }),
    },
  ],
])('the server is reached through %s', async (_, { members, environment }) => {
  using server = new TestServer(answers);
  await using proxy = await startHttpProxy({ credentials: 'joe:secret' });
  const ended = await commctl(list, { file: file(server, members(proxy)), environment: environment(proxy) });
  expect(ended).toEqual({ exitCode: 0, stdout: 'web\n', stderr: '' });
  expect(proxy.asked).toEqual([`GET http://jump.example.com:${server.port}/api/v0/clusters`]);
});

test.each<[string, object, Record<string, string>]>([
  ['"no_proxy"', { no_proxy: 'a.org, .example.com' }, {}],
  ['"no_proxy" as an array', { no_proxy: ['jump.example.com'] }, {}],
  ['$COMMCTL_NO_PROXY', {}, { COMMCTL_NO_PROXY: '*' }],
])('a server that %s names is reached directly', async (_, members, environment) => {
  using server = new TestServer(answers);
  await using proxy = await startHttpProxy();
  const { exitCode, stderr } = await commctl(list, {
    file: file(server, { proxy: proxy.url, ...members }),
    environment,
  });
  // Only the proxy knows the name.
  expect(exitCode).toBe(5);
  expect(stderr).not.toContain('proxy');
  expect(proxy.asked).toEqual([]);
});

test('a server on this machine is never reached through a proxy', async () => {
  using server = new TestServer(answers);
  await using proxy = await startHttpProxy();
  const environment = { COMMCTL_PROXY: proxy.url, http_proxy: proxy.url, HTTP_PROXY: proxy.url };
  expect((await commctl(list, { endpoint: server.url, environment })).exitCode).toBe(0);
  expect(proxy.asked).toEqual([]);
});

test('a proxy of the environment is not used, and the failure says so', async () => {
  using server = new TestServer(answers);
  await using proxy = await startHttpProxy();
  const environment = { http_proxy: proxy.url, HTTPS_PROXY: proxy.url };
  const { exitCode, stderr } = await commctl(list, { file: file(server), environment });
  expect(exitCode).toBe(5);
  expect(stderr).toContain(
    'hint: commctl does not use http_proxy: name the proxy as "proxy" in its configuration file, or in COMMCTL_PROXY\n',
  );
  expect(proxy.asked).toEqual([]);
});

test('a proxy that refuses is named without its password', async () => {
  using server = new TestServer(answers);
  await using proxy = await startHttpProxy({ credentials: 'joe:right' });
  const url = `http://joe:wrong@127.0.0.1:${proxy.port}`;
  const endpoint = `https://jump.example.com:${server.port}`;
  const { exitCode, stderr } = await commctl(list, { file: file(server, { endpoint, proxy: url }) });
  expect(exitCode).toBe(5);
  expect(stderr).toContain(`407 Proxy Authentication Required through the proxy http://127.0.0.1:${proxy.port}`);
  expect(stderr).not.toContain('wrong');
});

test.each([
  [{ proxy: 'proxy:3128' }, '"proxy" cannot be used: '],
  [{ proxy: 'https://u:secret@proxy' }, '"proxy" cannot be used: its scheme is https, and only http is supported'],
  [{ proxy: 1 }, '"proxy" must be a string'],
  [{ no_proxy: [1] }, '"no_proxy" must be a string or an array of them'],
  [{ no_proxy: '10.0.0.0/33' }, '"no_proxy": "10.0.0.0/33" names no host'],
])('%j is refused', async (members, message) => {
  using server = new TestServer(answers);
  const { exitCode, stderr } = await commctl(list, { file: file(server, members) });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('secret');
});
