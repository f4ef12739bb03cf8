import { createHash, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeAuthority } from '../../support/certificates.ts';
import { startServer } from '../../support/server.ts';
import { makeSshKey } from '../../support/ssh-key.ts';
import { closedEndpoint, json, problem, TestServer } from '../support/server.ts';
import { Instance, privateKey } from './support.ts';

const route = 'PUT /api/v0/host';
const registered = json({ address: '192.0.2.7' }, { status: 201 });
const ssh_priv_key = Buffer.from(privateKey).toString('base64');

test('the machine registers with its key and without an address', async () => {
  using instance = new Instance();
  using server = new TestServer({ [route]: registered });
  const credentials = { username: 'ops', password: 'pä:ss' };
  const ended = await instance.register({ endpoint: server.url, ...credentials, cluster: 'web' });
  expect(ended).toMatchObject({ exitCode: 0, stdout: '' });
  expect(ended.stderr).toContain(`commissaire: registered with 127.0.0.1:${server.port} as 192.0.2.7\n`);
  expect(ended.stderr).toContain('warning: the endpoint is not https');
  for (const secret of ['pä:ss', ssh_priv_key, 'c2VjcmV0']) expect(ended.stderr).not.toContain(secret);
  expect(server.asked).toEqual([route]);
  expect(server.received[0]?.body).toEqual({ remote_user: 'root', ssh_priv_key, cluster: 'web' });
  expect(server.received[0]?.headers.get('authorization')).toBe(`Basic ${Buffer.from('ops:pä:ss').toString('base64')}`);
});

test('a token is sent instead of a name and a password', async () => {
  using instance = new Instance();
  using server = new TestServer({ [route]: registered });
  const { exitCode, stderr } = await instance.register({
    endpoint: server.url,
    token: 'a.b.c',
    username: 'a',
    password: 'b',
  });
  expect(exitCode).toBe(0);
  expect(server.received[0]?.headers.get('authorization')).toBe('Bearer a.b.c');
  expect(stderr).not.toContain('a.b.c');
});

test.each(['a b', 'a\nX-Header: b', 'é'])('a token that is none, %j, is not sent, and not told', async (token) => {
  using instance = new Instance();
  using server = new TestServer({ [route]: registered });
  const { exitCode, stderr } = await instance.register({ endpoint: server.url, token });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('"token" has letters that no token has')]);
  expect(server.asked).toEqual([]);
});

test('a file of the original works: slash at the end, no password, nothing of ours', async () => {
  using instance = new Instance();
  using server = new TestServer({ [route]: registered });
  const { exitCode } = await instance.register({ endpoint: `${server.url}/`, username: 'ops', password: false });
  expect(exitCode).toBe(0);
  expect(server.asked).toEqual([route]);
  expect(server.received[0]?.headers.get('authorization')).toBeNull();
});

test('an address that is given is sent, and so is the path of a server behind another', async () => {
  using instance = new Instance();
  using server = new TestServer({ 'PUT /site/api/v0/host': registered });
  const { exitCode } = await instance.register({ endpoint: `${server.url}/site/`, address: '198.51.100.7' });
  expect(exitCode).toBe(0);
  expect(server.received[0]?.body).toMatchObject({ address: '198.51.100.7' });
});

test('with a real server the machine is a member of its cluster, at the address it came from', async () => {
  using instance = new Instance();
  await using server = await startServer();
  await server.request('PUT', '/api/v0/cluster/web', {});
  const { privateFile } = makeSshKey();
  const wanted = { endpoint: server.url, username: 'tester', password: 'of the tests', cluster: 'web' };
  const first = await instance.register(wanted);
  expect([first.exitCode, first.stderr]).toEqual([
    1,
    expect.stringContaining('answered 400 ssh_priv_key does not hold'),
  ]);
  const second = await instance.register(wanted, Buffer.from(privateFile, 'base64'));
  expect([second.exitCode, second.stderr]).toEqual([0, expect.stringContaining('as 127.0.0.1\n')]);
  expect((await server.request('GET', '/api/v0/cluster/web/hosts')).body).toEqual(['127.0.0.1']);
});

test.each([
  [
    'a refusal',
    () => problem(403, { code: 'credentials_refused', detail: 'wrong\u001b[31m password', hint: 'mend it' }),
    '403 wrong [31m password mend it',
  ],
  ['a conflict', () => problem(409, { code: 'credentials_differ', detail: 'another key' }), '409 another key'],
  ['an error of another server', () => new Response('<html>', { status: 404 }), '404 Not Found'],
  ['a redirect', () => Response.redirect('https://elsewhere.example.com/', 302), '302 Found'],
])('%s ends it at once, and the log says why', async (_, answer, said) => {
  using instance = new Instance();
  using server = new TestServer({ [route]: answer });
  const { exitCode, stderr } = await instance.register({ endpoint: server.url, username: 'a', password: 'b' });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`commissaire: 127.0.0.1:${server.port} answered ${said}`);
  expect(server.asked).toEqual([route]);
});

test('a server that is not ready yet is asked again', async () => {
  using instance = new Instance();
  const answers = [503, 502, 429].map((status) => () => problem(status, { code: 'x', detail: 'not yet' }));
  using server = new TestServer({ [route]: (received) => (answers.shift() ?? registered)(received) });
  const { exitCode, stderr } = await instance.register({ endpoint: server.url });
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('answered 503 not yet; trying again in')]);
  expect(server.asked).toEqual([route, route, route, route]);
});

test('it gives up when nobody answers in time', async () => {
  using instance = new Instance();
  const { exitCode, stderr } = await instance.register({ endpoint: closedEndpoint(), deadline: 1 });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/cannot reach \S+: .*refused; trying again/);
  expect(stderr).toMatch(/commissaire: gave up after 1 s: cannot reach \S+: .*refused\n$/);
});

test('it gives up on a server that answers drop by drop', async () => {
  using instance = new Instance();
  const drops = new ReadableStream({
    async pull(controller) {
      controller.enqueue(' ');
      await Bun.sleep(50);
    },
  });
  using server = new TestServer({ [route]: () => new Response(drops, { status: 201 }) });
  const { exitCode, stderr } = await instance.register({ endpoint: server.url, deadline: 1 });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('gave up after 1 s: the server is too slow')]);
});

/** A server with a certificate that nobody knows, and the requests that reached it. */
async function strangeServer() {
  const { certificate, key } = await (await makeAuthority('nobody knows it')).issue({ address: '127.0.0.1' });
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: { cert: certificate, key },
    fetch: ({ method, url }) => {
      asked.push(`${method} ${new URL(url).pathname}`);
      return Response.json({ address: '192.0.2.7' }, { status: 201 });
    },
  });
  const fingerprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
  return {
    asked,
    endpoint: `https://127.0.0.1:${server.port}`,
    fingerprint,
    [Symbol.dispose]: () => {
      server.stop(true).catch(() => {});
    },
  };
}

test('the certificate of the fingerprint is good enough', async () => {
  using instance = new Instance();
  using server = await strangeServer();
  const { endpoint, fingerprint } = server;
  const written = fingerprint.toUpperCase().replace(/..(?=.)/g, '$&:');
  const { exitCode, stderr } = await instance.register({ endpoint, fingerprint: written });
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('registered with')]);
  expect(server.asked).toEqual([route]);
});

test('nothing is sent to a server with another certificate', async () => {
  using instance = new Instance();
  using server = await strangeServer();
  const { endpoint } = server;
  const { exitCode, stderr } = await instance.register({ endpoint, fingerprint: 'a'.repeat(64) });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`shows a certificate with the fingerprint ${server.fingerprint}, not the pinned one`);
  expect(server.asked).toEqual([]);
});

test('without a fingerprint the authorities of the machine decide', async () => {
  using instance = new Instance();
  using server = await strangeServer();
  const { exitCode, stderr } = await instance.register({ endpoint: server.endpoint, deadline: 1 });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('certificate verify failed')]);
  expect(server.asked).toEqual([]);
});
