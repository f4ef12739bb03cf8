import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { discoverKeys } from '../../src/auth/authenticators/jwt/discovery.ts';
import { Service } from '../../src/auth/authenticators/remote/service.ts';
import { connect } from '../../src/client/connect.ts';
import { buildManager } from '../../src/container-managers/build.ts';
import { webhookDelivery } from '../../src/hooks/webhook.ts';
import { type ProxyFor, proxiesOf } from '../../src/lib/proxies.ts';
import { HttpGates } from '../../src/operations/http-gates.ts';
import { recordingLogger } from '../auth/support.ts';
import { type Authority, makeAuthority } from '../support/certificates.ts';
import { type HttpProxy, startHttpProxy } from '../support/http-proxy.ts';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** A name that only the proxy knows, and that leads to this machine there. */
const name = 'peer.example.com';
const never = new AbortController().signal;
const before = { ...process.env };
const directory = temporaryDirectory();

let authority: Authority;
let plain: ReturnType<typeof Bun.serve>;
let secure: ReturnType<typeof Bun.serve>;
const asked: string[] = [];

/** Every kind of peer at once. */
async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  asked.push(`${request.method} ${pathname}`);
  if (pathname.endsWith('openid-configuration'))
    return Response.json({ issuer: origin(), jwks_uri: `${origin()}/keys` });
  if (pathname === '/keys') return Response.json({ keys: [] });
  return Response.json(pathname === '/api/v0/hosts' ? [] : {}, { status: 200 });
}

const origin = () => `https://${name}:${secure.port}`;
const plainOrigin = () => `http://${name}:${plain.port}`;

beforeAll(async () => {
  authority = await makeAuthority('the site');
  writeFileSync(join(directory.path, 'ca.pem'), authority.certificate);
  const { certificate: cert, key } = await authority.issue({ name, alternativeNames: [{ type: 'dns', value: name }] });
  plain = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
  secure = Bun.serve({ port: 0, hostname: '127.0.0.1', tls: { cert, key }, fetch: answer });
  // Neither may count: the first would lead nowhere, the second past the proxy.
  for (const variable of ['http_proxy', 'HTTPS_PROXY', 'all_proxy']) process.env[variable] = 'http://127.0.0.1:1';
  for (const variable of ['no_proxy', 'NO_PROXY']) process.env[variable] = '*';
});

afterAll(async () => {
  for (const variable of Object.keys(process.env)) if (!Object.hasOwn(before, variable)) delete process.env[variable];
  Object.assign(process.env, before);
  await Promise.all([plain.stop(true), secure.stop(true)]);
  directory[Symbol.dispose]();
});

/** What a room does with a peer, and what the peer is asked. */
type Ask = (proxyFor: ProxyFor, proxy: HttpProxy, url: string) => Promise<unknown>;

const ca = () => join(directory.path, 'ca.pem');
const deliver = (proxyFor: ProxyFor, url: string) =>
  webhookDelivery({ kind: 'url', url, secretFile: undefined, deadline: 5 }, proxyFor)(
    { sequence: 1, type: 'host', action: 'created', key: 'a', at: '', data: {} },
    never,
  );
const manager = (proxyFor: ProxyFor, server_url: string) =>
  buildManager(
    { name: 'k', type: 'kubernetes', options: { server_url, certificate_authority: ca() } },
    { logger: recordingLogger(), deadlineMs: 5000, proxyFor },
  );
const service = (proxyFor: ProxyFor) => new Service({ name: 'Keystone', ca: ca(), insecure: false, proxyFor });

const rooms: [string, Ask][] = [
  ['a webhook', (proxyFor, _, url) => deliver(proxyFor, url)],
  ['a container manager', (proxyFor, _, url) => manager(proxyFor, url).isRegistered('n', never)],
  ['an identity service', (proxyFor, _, url) => service(proxyFor).call({ url: new URL(url) })],
  [
    'a client of the REST API',
    (_, proxy, url) =>
      connect({
        endpoints: [url],
        trust: { certificateAuthority: authority.certificate },
        proxies: { proxy: proxy.url },
        retries: 0,
      }).hosts.list(),
  ],
];

test.each(rooms)('%s is reached through the proxy, by its name', async (_, ask) => {
  await using proxy = await startHttpProxy({ credentials: 'joe:se cret' });
  asked.length = 0;
  await ask(proxiesOf({ proxy: proxy.url }), proxy, plainOrigin());
  expect(asked).toHaveLength(1);
  expect(proxy.asked).toEqual([expect.stringMatching(/^[A-Z]+ http:\/\/peer\.example\.com:/)]);
});

test.each(rooms)('%s with TLS is reached through a tunnel', async (room, ask) => {
  await using proxy = await startHttpProxy({ credentials: 'joe:se cret' });
  asked.length = 0;
  const outcome = await ask(proxiesOf({ proxy: proxy.url }), proxy, origin());
  expect(proxy.asked).toEqual([`CONNECT ${name}:${secure.port}`]);
  // The certificate of a webhook must come from a CA of the system.
  if (room === 'a webhook') expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('proxy') });
  else expect(asked).toHaveLength(1);
});

test.each(rooms)('%s: a proxy that refuses is named, without its password', async (_, ask) => {
  await using proxy = await startHttpProxy({ credentials: 'joe:se cret' });
  const url = proxy.url.replace('joe', 'jim');
  const outcome = await ask(proxiesOf({ proxy: url }), { ...proxy, url }, origin()).catch((error: unknown) => error);
  const text = outcome instanceof Error ? outcome.message : JSON.stringify(outcome);
  expect(text).toMatch(/refused to open a tunnel: 407 Proxy Authentication Required/);
  expect(text).toContain(`through the proxy http://127.0.0.1:${proxy.port}`);
  expect(text).not.toMatch(/cret|jim/);
});

test('the keys of an OpenID provider are fetched through the proxy, those of its description too', async () => {
  await using proxy = await startHttpProxy();
  asked.length = 0;
  await discoverKeys(origin(), service(proxiesOf({ proxy: proxy.url })), false);
  expect(asked).toEqual(['GET /.well-known/openid-configuration', 'GET /keys']);
  expect(proxy.asked).toEqual(Array(2).fill(`CONNECT ${name}:${secure.port}`));
});

test('a client with a pin and no CA reads the chain of the server through the proxy, too', async () => {
  await using proxy = await startHttpProxy({ credentials: 'joe:secret' });
  const { certificate: cert, key } = await authority.issue({ name });
  await using pinned = Bun.serve({ port: 0, hostname: '127.0.0.1', tls: { cert, key }, fetch: answer });
  const client = connect({
    endpoints: [`https://${name}:${pinned.port}`],
    trust: { fingerprint: new X509Certificate(cert).fingerprint256 },
    proxies: { proxy: proxy.url },
    retries: 0,
  });
  const outcome = await client.hosts.list().catch((error: Error) => error.message);
  expect(proxy.asked[0]).toBe(`CONNECT ${name}:${pinned.port}`);
  // The server sends no CA, so the chain cannot be complete; it was seen all the same.
  expect(outcome).toContain('through the proxy');
});

test('a gate of a machine never uses the proxy', async () => {
  await using proxy = await startHttpProxy();
  await using server = await startServer({ configuration: { proxy: proxy.url } });
  expect(server.url).toContain('127.0.0.1');
  const gate = new HttpGates().ask(`${plainOrigin()}/healthy`, name, never);
  await expect(gate).rejects.toThrow();
  expect(proxy.asked).toEqual([]);
});

test('a server uses the proxy of its option for its hooks, and not for the exceptions', async () => {
  await using proxy = await startHttpProxy();
  asked.length = 0;
  const hooks = [
    { name: 'far', filter: 'cluster.*', url: `${plainOrigin()}/far` },
    { name: 'near', filter: 'cluster.*', url: `http://127.0.0.1:${plain.port}/near` },
    { name: 'excepted', filter: 'cluster.*', url: `http://excepted.example.org:${plain.port}/excepted` },
  ];
  await using server = await startServer({
    hooks,
    configuration: { proxy: proxy.url, 'no-proxy': 'example.org, 192.0.2.0/24' },
  });
  expect((await server.request('PUT', '/api/v0/cluster/web', {})).status).toBe(201);
  await until(() => asked.includes('POST /far') && asked.includes('POST /near'));
  expect(new Set(proxy.asked)).toEqual(new Set([`POST ${plainOrigin()}/far`]));
  expect(asked).not.toContain('POST /excepted');
});
