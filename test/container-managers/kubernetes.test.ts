import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildManager } from '../../src/container-managers/build.ts';
import type { ContainerManager } from '../../src/container-managers/contract.ts';
import { recordingLogger } from '../auth/support.ts';
import { makeAuthority } from '../support/certificates.ts';
import { type ApiOptions, failure, type KubernetesApi, never, startKubernetesApi } from '../support/kubernetes.ts';
import { failureOf } from '../support/ssh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const node = '192.0.2.7';
const { signal } = new AbortController();
const token = 'token-of-the-tests';

function managerOf(options: Record<string, unknown>, deadlineMs = 20_000): ContainerManager & { log: string[] } {
  const logger = recordingLogger();
  const manager = buildManager({ name: 'm', type: 'kubernetes', options }, { logger, deadlineMs });
  return Object.assign(manager, { log: logger.lines });
}

/** The API with a manager that reaches it as it should be reached. */
async function reached(options: ApiOptions = {}, more: Record<string, unknown> = {}) {
  const api = await startKubernetesApi(options);
  const how = { server_url: api.url, certificate_authority: api.authority, ...more };
  return { api, manager: managerOf(how), [Symbol.dispose]: () => api[Symbol.dispose]() };
}

describe('nodes', () => {
  test('are registered once, found, and removed once', async () => {
    using site = await reached();
    const { api, manager } = site;
    expect(await manager.isRegistered(node, signal)).toBe(false);
    for (const _ of ['fresh', 'again']) await manager.register(node, signal);
    expect(await manager.isRegistered(node, signal)).toBe(true);
    expect([...api.nodes.keys()]).toEqual([node]);
    expect(await manager.status(node, signal)).toEqual(api.nodes.get(node));
    for (const _ of ['there', 'gone']) await manager.remove(node, signal);
    expect(api.nodes.size).toBe(0);
    expect(await failureOf(manager.status(node, signal))).toMatchObject({ code: 'container_manager_failed' });
    expect(new Set(api.asked)).toEqual(
      new Set([`GET /api/v1/nodes/${node}`, 'POST /api/v1/nodes', `DELETE /api/v1/nodes/${node}`]),
    );
  });

  test('go by their whole address', async () => {
    using site = await reached();
    await site.manager.register('2001:db8::7', signal);
    expect(await site.manager.isRegistered('2001:db8::7', signal)).toBe(true);
    expect([...site.api.nodes.keys()]).toEqual(['2001:db8::7']);
  });

  test('are shown without control characters, and no longer than anybody reads', async () => {
    using site = await reached();
    const { api, manager } = site;
    const hostile = `\u001b]52;c;AAAA\u0007\u202e${'x'.repeat(100_000)}`;
    const items = Array.from({ length: 5_000 }, () => 1);
    api.nodes.set(node, { metadata: { name: node, annotations: { [hostile]: hostile }, items } });
    const text = JSON.stringify(await manager.status(node, signal));
    expect(text).not.toMatch(/\\u001b|\u202e/);
    expect(text.length).toBeLessThan(10_000);
  });

  test('take work when their condition Ready is True', async () => {
    using site = await reached();
    const { api, manager } = site;
    await manager.register(node, signal);
    expect(await manager.unready(node, signal)).toBe('its condition Ready is not known');
    api.setReady(node, false);
    expect(await manager.unready(node, signal)).toBe('its condition Ready is not True: PLEG is not healthy');
    api.setReady(node, true);
    expect(await manager.unready(node, signal)).toBeUndefined();
  });

  test('are asked for below the root of the server, whatever path its URL has', async () => {
    using site = await reached();
    const manager = managerOf({ server_url: `${site.api.url}/some/path/`, certificate_authority: site.api.authority });
    expect(await manager.isRegistered(node, signal)).toBe(false);
    expect(site.api.asked).toEqual([`GET /api/v1/nodes/${node}`]);
  });
});

describe('who is who', () => {
  interface Case {
    name: string;
    api?: ApiOptions;
    options: (api: KubernetesApi, directory: string) => Record<string, unknown> | Promise<Record<string, unknown>>;
    /** Undefined when it is let through. */
    refused?: RegExp;
  }

  const written = (directory: string, name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const identity = ({ certificate, key }: { certificate: string; key: string }, directory: string) => ({
    certificate_path: written(directory, 'client.crt', certificate),
    certificate_key_path: written(directory, 'client.key', key),
  });
  const trust = ({ authority }: KubernetesApi) => ({ certificate_authority: authority });

  const cases: Case[] = [
    { name: 'a private authority', options: trust },
    {
      name: 'a private authority in a file',
      options: ({ authority }, directory) => ({ certificate_authority: written(directory, 'ca.crt', authority) }),
    },
    { name: 'no authority given', options: () => ({}), refused: /from an authority that is not known here/ },
    {
      name: 'another authority',
      options: async () => ({ certificate_authority: (await makeAuthority('the site')).certificate }),
      refused: /could not ask for the node 192.0.2.7 with the container manager "m" at https/,
    },
    { name: 'insecure', options: () => ({ insecure: true }) },
    { name: 'not insecure', options: () => ({ insecure: false }), refused: /not known here/ },
    {
      name: 'an authority that is none',
      options: (_, directory) => ({ certificate_authority: written(directory, 'ca.crt', 'garbage') }),
      refused: /ca\.crt does not hold a certificate as PEM/,
    },
    {
      name: 'an authority that never ends',
      options: () => ({ certificate_authority: '/dev/zero' }),
      refused: /\/dev\/zero cannot be read: it is no file of a usual size/,
    },
    {
      name: 'an authority that is not there',
      options: () => ({ certificate_authority: '/does/not/exist' }),
      refused: /\/does\/not\/exist cannot be read: ENOENT/,
    },
    { name: 'a token', api: { token }, options: (api) => ({ ...trust(api), token }) },
    {
      name: 'a wrong token',
      api: { token },
      options: (api) => ({ ...trust(api), token: 'other-token' }),
      refused: /it answered 401: Unauthorized/,
    },
    { name: 'no token', api: { token }, options: trust, refused: /it answered 401/ },
    {
      name: 'user and password',
      api: { basic: 'ops:pa:ss' },
      options: (api) => ({ ...trust(api), username: 'ops', password: 'pa:ss' }),
    },
    {
      name: 'a wrong password',
      api: { basic: 'ops:pass' },
      options: (api) => ({ ...trust(api), username: 'ops', password: 'wrong-password' }),
      refused: /it answered 401/,
    },
    {
      name: 'a client certificate',
      api: { clientCertificates: true },
      options: (api, directory) => ({ ...trust(api), ...identity(api.client, directory) }),
    },
    {
      name: 'no client certificate',
      api: { clientCertificates: true },
      options: trust,
      refused: /the TLS handshake failed; it may want a client certificate/,
    },
    {
      name: 'a client certificate of somebody else',
      api: { clientCertificates: true },
      options: async (api, directory) => ({
        ...trust(api),
        ...identity(await (await makeAuthority('other')).issue({ name: 'x' }), directory),
      }),
      // Which of the two it is depends on which side is faster.
      refused: /TLS handshake failed|connection was closed/,
    },
    {
      name: 'a client key that is none',
      api: { clientCertificates: true },
      options: (api, directory) => ({ ...trust(api), ...identity({ ...api.client, key: 'garbage' }, directory) }),
      refused: /client\.key does not hold a private key as PEM/,
    },
  ];

  test.each(cases)('$name', async ({ api: wants = {}, options, refused }) => {
    using api = await startKubernetesApi(wants);
    using directory = temporaryDirectory();
    const given = { server_url: api.url, ...(await options(api, directory.path)) };
    const manager = managerOf(given);
    if (refused === undefined) {
      expect(await manager.isRegistered(node, signal)).toBe(false);
      expect(manager.log.length).toBe('insecure' in given ? 1 : 0);
      return;
    }
    const error = await failureOf(manager.isRegistered(node, signal));
    expect(error).toMatchObject({ code: 'container_manager_failed', message: expect.stringMatching(refused) });
  });

  test('being insecure is said in the log', async () => {
    using api = await startKubernetesApi();
    expect(managerOf({ server_url: api.url, insecure: true }).log.join()).toMatch(/warn.*is insecure/);
  });

  test('a connection made without looking is lent to nobody who looks', async () => {
    using api = await startKubernetesApi();
    await managerOf({ server_url: api.url, insecure: true }).isRegistered(node, signal);
    const looking = managerOf({ server_url: api.url });
    expect(await failureOf(looking.isRegistered(node, signal))).toMatchObject({ code: 'container_manager_failed' });
    expect(api.asked.length).toBe(1);
  });
});

describe('an API that fails', () => {
  const calls: Array<[string, (manager: ContainerManager, signal: AbortSignal) => Promise<unknown>]> = [
    ['ask for', (manager, until) => manager.isRegistered(node, until)],
    ['register', (manager, until) => manager.register(node, until)],
    ['remove', (manager, until) => manager.remove(node, until)],
    ['ask for', (manager, until) => manager.status(node, until)],
    ['ask for', (manager, until) => manager.unready(node, until)],
  ];

  test.each(calls)('that hangs is given up: %s', async (attempt, call) => {
    using api = await startKubernetesApi();
    api.interfere = never;
    const manager = managerOf({ server_url: api.url, certificate_authority: api.authority }, 300);
    const error = await failureOf(call(manager, signal));
    const message = `could not ${attempt} the node ${node} with the container manager "m" at ${api.url}: no answer in 0.3 s`;
    expect(error).toMatchObject({ code: 'container_manager_failed', message });
  });

  test.each(calls)('that drips is given up: %s', async (_, call) => {
    using api = await startKubernetesApi();
    const dripping = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('{')),
    });
    api.interfere = () => new Response(dripping);
    const manager = managerOf({ server_url: api.url, certificate_authority: api.authority }, 300);
    expect(await failureOf(call(manager, signal))).toMatchObject({
      message: expect.stringMatching(/no answer in 0.3 s$/),
    });
  });

  test('that takes the connection and says nothing is given up', async () => {
    using silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const manager = managerOf({ server_url: `https://127.0.0.1:${silent.port}` }, 300);
    expect(await failureOf(manager.isRegistered(node, signal))).toMatchObject({
      message: expect.stringMatching(/no answer in 0.3 s$/),
    });
    silent.stop(true);
  });

  test.each(calls)('that hangs is left when the caller leaves: %s', async (_, call) => {
    using site = await reached();
    const leaving = new AbortController();
    site.api.interfere = () => {
      leaving.abort(new Error('left'));
      return never();
    };
    expect(await failureOf(call(site.manager, leaving.signal))).toMatchObject({ message: 'left' });
  });

  const bodies: Array<[string, () => Response, RegExp]> = [
    ['500', () => failure(500, 'InternalError', 'etcd is\nnot there'), /it answered 500: etcd is not there$/],
    ['503 without JSON', () => new Response('<html>', { status: 503 }), /it answered 503$/],
    ['a redirection', () => Response.redirect('http://127.0.0.1:1/', 302), /it answered 302$/],
    ['403', () => failure(403, 'Forbidden', 'nodes is forbidden'), /it answered 403: nodes is forbidden$/],
  ];

  describe.each(bodies)('with %s', (_, response, message) => {
    test.each(calls)('%s', async (__, call) => {
      using site = await reached();
      site.api.interfere = response;
      const error = await failureOf(call(site.manager, signal));
      expect(error).toMatchObject({ code: 'container_manager_failed', message: expect.stringMatching(message) });
    });
  });

  const garbage: Array<[string, () => Response]> = [
    ['a page', () => new Response('<html>welcome</html>')],
    ['an array', () => Response.json([])],
    ['half an object', () => new Response('{"kind":')],
    ['nothing', () => new Response(null)],
    ['text without end', () => new Response('x'.repeat(5 * 1024 * 1024))],
  ];

  test.each(garbage)('with %s instead of a node', async (_, response) => {
    using site = await reached();
    site.api.interfere = response;
    for (const call of [site.manager.isRegistered, site.manager.status, site.manager.unready]) {
      expect(await failureOf(call(node, signal))).toMatchObject({ code: 'container_manager_failed' });
    }
  });

  test('that is not there', async () => {
    const api = await startKubernetesApi();
    api[Symbol.dispose]();
    const error = await failureOf(managerOf({ server_url: api.url }).register(node, signal));
    expect(error).toMatchObject({ message: expect.stringMatching(/: connection refused$/) });
  });

  const secrets: Array<[string, Record<string, unknown>, string[]]> = [
    ['token', { token }, [token]],
    [
      'password',
      { username: 'ops', password: 'pass-of-the-tests' },
      ['pass-of-the-tests', btoa('ops:pass-of-the-tests')],
    ],
  ];

  test.each(secrets)('and repeats the %s: it is not in the error', async (_, options, hidden) => {
    using site = await reached({}, options);
    site.api.interfere = (request) =>
      failure(500, 'InternalError', `${request.headers.get('authorization')} ${hidden.join(' ')}`);
    const error = await failureOf(site.manager.register(node, signal));
    const text = Bun.inspect(error) + JSON.stringify(error);
    expect(text).toContain('***');
    for (const secret of hidden) expect(text).not.toContain(secret);
  });
});
