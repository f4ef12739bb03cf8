import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure, type KubernetesApi, never, startKubernetesApi } from '../support/kubernetes.ts';
import { type ServerOptions, startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { eventNames, expectProblem, importHost, membersOf } from './support.ts';

const [one, two, three] = ['127.66.0.1', '127.66.0.2', '127.66.0.3'];
const cluster = '/api/v0/cluster/c1';
const member = `${cluster}/hosts/${one}`;

/** A server with a cluster without members, whose container manager is the API, and three hosts. */
async function site(options: ServerOptions = {}) {
  const api = await startKubernetesApi();
  const server = await startServer({ tuning: { managerDeadline: 1_000, nodePause: 20 }, ...options });
  const manager = { type: 'kubernetes', options: { server_url: api.url, certificate_authority: api.authority } };
  await server.request('PUT', '/api/v0/containermanager/m', manager);
  await server.request('PUT', cluster, { container_manager: 'm' });
  for (const address of [one, two, three]) await importHost(server, address, { status: 'disassociated' });
  return {
    api,
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      api[Symbol.dispose]();
    },
  };
}

async function statusOf(server: TestServer, address: string): Promise<unknown> {
  const { body } = await server.request('GET', `/api/v0/host/${address}`);
  return Object(body).status;
}

/** Resolves once nothing is marked as unsettled any more. */
function settled(server: TestServer): Promise<void> {
  return until(() => !server.dump().includes('unsettled_nodes'));
}

/** Answers calls of one method in the place of the API. */
function instead(api: KubernetesApi, method: string, answer: () => Response | Promise<Response>): void {
  api.interfere = (request) => (request.method === method ? answer() : undefined);
}

const noMore = () => failure(500, 'InternalError', 'etcd is gone');

describe('adding a host', () => {
  test('registers it and makes it active; again does nothing', async () => {
    await using parts = await site();
    const { api, server } = parts;
    expect(await server.request('PUT', member)).toMatchObject({ status: 200, body: [one] });
    expect([...api.nodes.keys()]).toEqual([one]);
    expect(await statusOf(server, one)).toBe('active');
    expect(eventNames(server).slice(-2)).toEqual(['cluster.updated.c1', `host.updated.${one}`]);
    await settled(server);
    const before = server.dump();
    const asked = api.asked.length;
    expect(await server.request('PUT', member)).toMatchObject({ status: 200, body: [one] });
    expect([server.dump(), api.asked.length]).toEqual([before, asked]);
  });

  test('takes a node that is there already', async () => {
    await using parts = await site();
    parts.api.setReady(one, true);
    expect((await parts.server.request('PUT', member)).status).toBe(200);
    expect(await statusOf(parts.server, one)).toBe('active');
    expect(parts.api.asked).toEqual([`GET /api/v1/nodes/${one}`]);
  });

  const faults: Array<[string, (api: KubernetesApi) => void]> = [
    ['refuses', (api) => instead(api, 'POST', noMore)],
    ['answers nothing', (api) => instead(api, 'POST', never)],
    ['cannot even be asked', (api) => instead(api, 'GET', noMore)],
    [
      'registers it without saying so',
      (api) =>
        instead(api, 'POST', () => {
          api.setReady(one, false);
          return never();
        }),
    ],
  ];

  test.each(faults)('is 502 and no more when the manager %s; a retry does all of it', async (_, breaks) => {
    await using parts = await site();
    const { api, server } = parts;
    breaks(api);
    for (const answer of [
      await server.request('PUT', member),
      await server.request('PUT', `${cluster}/hosts`, { old: [], new: [one] }),
    ]) {
      expectProblem(answer, 'container_manager_failed');
      expect(answer.body).toMatchObject({
        detail: expect.stringContaining(`the node ${one} with the container manager "m"`),
      });
    }
    expect(await membersOf(server, 'c1')).toEqual([]);
    expect(await statusOf(server, one)).toBe('disassociated');
    api.interfere = undefined;
    await settled(server);
    expect(api.nodes.size).toBe(0);
    expect((await server.request('PUT', member)).status).toBe(200);
    expect([...api.nodes.keys()]).toEqual([one]);
    expect(await statusOf(server, one)).toBe('active');
  });

  test('whose host is deleted meanwhile is undone', async () => {
    await using parts = await site();
    const { api, server } = parts;
    api.interfere = async (request) => {
      if (request.method === 'POST') await server.request('DELETE', `/api/v0/host/${one}`);
      return undefined;
    };
    expectProblem(await server.request('PUT', member), 'host_not_found');
    await settled(server);
    expect(api.asked).toContain('POST /api/v1/nodes');
    expect(api.nodes.size).toBe(0);
  });

  test('that is undone leaves a node that was there before', async () => {
    await using parts = await site();
    const { api, server } = parts;
    api.setReady(one, true);
    api.interfere = async () => {
      await server.request('DELETE', `/api/v0/host/${one}`);
      return undefined;
    };
    expectProblem(await server.request('PUT', member), 'host_not_found');
    await settled(server);
    expect([...api.nodes.keys()]).toEqual([one]);
  });

  test('to a cluster that gets another manager meanwhile is a conflict', async () => {
    await using parts = await site();
    const { api, server } = parts;
    api.interfere = async (request) => {
      if (request.method === 'POST') await server.request('PUT', cluster, { container_manager: '' });
      return undefined;
    };
    expectProblem(await server.request('PUT', member), 'conflict');
    await settled(server);
    expect([api.nodes.size, await membersOf(server, 'c1')]).toEqual([0, []]);
  });

  test('makes a node of a member from before the cluster had a manager', async () => {
    await using parts = await site();
    const { api, server } = parts;
    await server.request('PUT', cluster, { container_manager: '' });
    await server.request('PUT', member);
    await server.request('PUT', cluster, { container_manager: 'm' });
    expect([api.nodes.size, await statusOf(server, one)]).toEqual([0, 'disassociated']);
    await server.request('PUT', member);
    expect([api.nodes.size, await statusOf(server, one)]).toEqual([1, 'active']);
  });

  test('by many at once: one gets it, and there is one node', async () => {
    await using parts = await site();
    const { api, server } = parts;
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) await server.request('PUT', `/api/v0/cluster/${name}`, { container_manager: 'm' });
    const join = (name: string) => server.request('PUT', `/api/v0/cluster/${name}/hosts/${one}`);
    const answers = await Promise.all([...names, ...names].map(join));
    const won = answers.filter(({ status }) => status === 200).length;
    expect(won).toBeGreaterThan(0);
    expect((await Promise.all(names.map((name) => membersOf(server, name)))).flat()).toEqual([one]);
    await settled(server);
    expect([...api.nodes.keys()]).toEqual([one]);
    expect(await statusOf(server, one)).toBe('active');
  });
});

describe('taking a host out', () => {
  test('removes its node, and nobody else’s', async () => {
    await using parts = await site();
    const { api, server } = parts;
    api.setReady('other.example', true);
    for (const address of [one, two]) await server.request('PUT', `${cluster}/hosts/${address}`);
    expect(await server.request('DELETE', member)).toMatchObject({ status: 200, body: [] });
    expect([...api.nodes.keys()]).toEqual(['other.example', two]);
    expect(await server.request('DELETE', member)).toMatchObject({ status: 200, body: [] });
    await settled(server);
    expect(await membersOf(server, 'c1')).toEqual([two]);
  });

  test('is 502 and no more when the manager fails; a retry does all of it', async () => {
    await using parts = await site();
    const { api, server } = parts;
    await server.request('PUT', member);
    instead(api, 'DELETE', noMore);
    expectProblem(await server.request('DELETE', member), 'container_manager_failed');
    expectProblem(await server.request('PUT', `${cluster}/hosts`, { old: [one], new: [] }), 'container_manager_failed');
    expectProblem(await server.request('DELETE', cluster), 'container_manager_failed');
    expect(await membersOf(server, 'c1')).toEqual([one]);
    api.interfere = undefined;
    await settled(server);
    expect([...api.nodes.keys()]).toEqual([one]);
    expect((await server.request('DELETE', member)).status).toBe(200);
    expect([api.nodes.size, await membersOf(server, 'c1')]).toEqual([0, []]);
  });

  test('whose node is gone already is no error', async () => {
    await using parts = await site();
    await parts.server.request('PUT', member);
    parts.api.nodes.clear();
    expect((await parts.server.request('DELETE', member)).status).toBe(200);
  });
});

test('replacing the members registers those that come and removes those that go', async () => {
  await using parts = await site();
  const { api, server } = parts;
  const replace = (old: string[], wanted: string[]) => server.request('PUT', `${cluster}/hosts`, { old, new: wanted });
  expect((await replace([], [one, two])).body).toMatchObject({ hostset: [one, two] });
  expect((await replace([one, two], [two, three])).body).toMatchObject({ hostset: [two, three] });
  expect([...api.nodes.keys()]).toEqual([two, three]);
  for (const address of [two, three]) expect(await statusOf(server, address)).toBe('active');
  expectProblem(await replace([one], [two]), 'hostset_changed');
  expect([...api.nodes.keys()]).toEqual([two, three]);
});

test('deleting the cluster removes its own members only', async () => {
  await using parts = await site();
  const { api, server } = parts;
  api.setReady('other.example', true);
  await server.request('PUT', '/api/v0/cluster/c2', { container_manager: 'm' });
  await server.request('PUT', `/api/v0/cluster/c2/hosts/${three}`);
  for (const address of [one, two]) await server.request('PUT', `${cluster}/hosts/${address}`);
  expect(await server.request('DELETE', cluster)).toMatchObject({ status: 200, body: [] });
  expect([...api.nodes.keys()]).toEqual(['other.example', three]);
  expect(await statusOf(server, one)).toBe('active');
});

describe('deleting a host', () => {
  test('removes its node', async () => {
    await using parts = await site();
    const { api, server } = parts;
    await server.request('PUT', member);
    expect((await server.request('DELETE', `/api/v0/host/${one}`)).status).toBe(200);
    await settled(server);
    expect(api.nodes.size).toBe(0);
  });

  test('does not wait for a manager that fails: the node is removed once it works again', async () => {
    await using parts = await site();
    const { api, server } = parts;
    await server.request('PUT', member);
    instead(api, 'DELETE', noMore);
    expect((await server.request('DELETE', `/api/v0/host/${one}`)).status).toBe(200);
    await until(() => server.log.some((line) => line.includes('a node is not settled yet')));
    expect([...api.nodes.keys()]).toEqual([one]);
    api.interfere = undefined;
    await settled(server);
    expect(api.nodes.size).toBe(0);
  });
});

describe('a server that ends in between', () => {
  const changes: Array<[string, string, string[]]> = [
    ['an addition', 'PUT', []],
    ['a removal', 'DELETE', [one]],
  ];

  test.each(changes)('leaves %s for the next one to settle', async (_, method, members) => {
    using first = temporaryDirectory();
    using second = temporaryDirectory();
    const tuning = { managerDeadline: 60_000, nodePause: 20 };
    await using parts = await site({ directory: first.path, tuning });
    const { api } = parts;
    for (const address of members) await parts.server.request('PUT', `${cluster}/hosts/${address}`);
    const reached = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    // The API does as it is told, and the server does not hear of it.
    instead(api, method === 'PUT' ? 'POST' : 'DELETE', () => {
      if (method === 'PUT') api.setReady(one, true);
      else api.nodes.delete(one);
      reached.resolve();
      return answer.promise;
    });
    const cutOff = parts.server.request(method, member);
    await reached.promise;
    // What is on disk now is all that is left of a server that ends now.
    cpSync(join(first.path, 'data'), join(second.path, 'data'), { recursive: true });
    api.interfere = undefined;
    {
      await using next = await startServer({ directory: second.path, tuning });
      await settled(next);
      // As the membership says, which was not changed.
      expect(await membersOf(next, 'c1')).toEqual(members);
      expect([...api.nodes.keys()]).toEqual(members);
    }
    answer.resolve(noMore());
    await cutOff;
  });
});

test('importing a cluster again takes only those from their manager that leave', async () => {
  await using parts = await site();
  const { api, server } = parts;
  for (const address of [one, two]) await server.request('PUT', `${cluster}/hosts/${address}`);
  const asked = api.asked.length;
  await server.request('PUT', `${cluster}?import=true`, { hostset: [two], container_manager: 'm' });
  await settled(server);
  expect([...api.nodes.keys()]).toEqual([two]);
  expect(api.asked.slice(asked)).toEqual([`DELETE /api/v1/nodes/${one}`]);
});
