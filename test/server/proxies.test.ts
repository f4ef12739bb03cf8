import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Service } from '../../src/auth/authenticators/remote/service.ts';
import { connect } from '../../src/client/connect.ts';
import { KubernetesApi } from '../../src/container-managers/kubernetes-api.ts';
import { webhookDelivery } from '../../src/hooks/webhook.ts';
import { HttpGates, httpGateOfEarlierVersions } from '../../src/operations/http-gates.ts';

/** A proxy that the environment names, and that answers 200 in the place of whoever was meant. */
let proxy: Server;
/** The first lines of what it was sent. */
const proxied: string[] = [];
/** The machine itself, which is not healthy. */
let peer: ReturnType<typeof Bun.serve>;
const before = { ...process.env };
const never = new AbortController().signal;

beforeAll(async () => {
  proxy = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk) => {
      proxied.push(chunk.toString('latin1').split('\r\n', 1)[0] ?? '');
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) {
    process.env[name] = `http://127.0.0.1:${address.port}`;
  }
  for (const name of ['no_proxy', 'NO_PROXY']) delete process.env[name];
  peer = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('{}', { status: 503 }) });
});

afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(before, name)) delete process.env[name];
  Object.assign(process.env, before);
  await peer.stop(true);
  proxy.close();
});

afterEach(() => void proxied.splice(0));

const url = () => `http://127.0.0.1:${peer.port}`;

test('the environment does name a proxy here', async () => {
  expect((await fetch(url())).status).toBe(200);
  expect(proxied).toEqual([`GET ${url()}/ HTTP/1.1`]);
});

test('every place of the product that fetches says how', () => {
  const src = join(import.meta.dirname, '../../src');
  const fetching = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => {
    if (!file.endsWith('.ts') || file.startsWith('api/viewer/')) return false;
    return /(?<!async )(?<![.#\w])fetch\((?!request: )/.test(readFileSync(join(src, file), 'utf8'));
  });
  const saying = fetching.filter((file) => readFileSync(join(src, file), 'utf8').includes("/lib/proxies.ts'"));
  expect(fetching).toHaveLength(12);
  expect(saying).toEqual(fetching);
});

test.each<[string, () => Promise<unknown>, object]>([
  [
    'a gate of a machine',
    () => new HttpGates().ask(`${url()}/healthy`, '127.0.0.1', never),
    { message: expect.stringContaining('503') },
  ],
  [
    'a gate of an earlier version',
    () => httpGateOfEarlierVersions.ask(`${url()}/healthy`, '127.0.0.1', never),
    { message: expect.stringContaining('503') },
  ],
  [
    'a container manager',
    () =>
      new KubernetesApi('k', { server_url: url(), token: 'secret' }, { deadlineMs: 5000 }).call(
        { attempt: 'list the nodes', method: 'GET', path: '/nodes' },
        never,
      ),
    { status: 503 },
  ],
  [
    'a container manager elsewhere, with TLS',
    () =>
      new KubernetesApi('k', { server_url: 'https://127.99.0.1:1', token: 'secret' }, { deadlineMs: 5000 }).call(
        { attempt: 'list the nodes', method: 'GET', path: '/nodes' },
        never,
      ),
    { code: 'container_manager_failed' },
  ],
  [
    'a hook to this machine',
    () => {
      const deliver = webhookDelivery({ kind: 'url', url: url(), secretFile: undefined, deadline: 5 });
      return deliver({ sequence: 1, type: 'host', action: 'created', key: 'a', at: '', data: {} }, never);
    },
    { kind: 'failed' },
  ],
  [
    'an identity service on this machine',
    () => new Service({ name: 'Keystone', ca: undefined, insecure: false }).call({ url: new URL(url()) }),
    { status: 503 },
  ],
  [
    'a server on this machine, by its client',
    () => connect({ endpoints: [url()], credentials: { username: 'a', password: 'b' }, retries: 0 }).hosts.list(),
    { status: 503 },
  ],
])('%s is asked itself, not the proxy', async (_name, ask, expected) => {
  expect(await ask().catch((error: unknown) => error)).toMatchObject(expected);
  expect(proxied).toEqual([]);
});
