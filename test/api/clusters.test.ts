import { describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { closedPort, startServer } from '../support/server.ts';
import { eventNames, expectProblem, importHost, makeCluster, membersOf } from './support.ts';

const [one, two, three] = ['127.66.0.1', '127.66.0.2', '127.66.0.3'];
const cluster = '/api/v0/cluster/c1';

describe('putting a cluster', () => {
  test('again keeps its members and what is not given', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', one, two);
    await server.request('PUT', cluster, { container_manager: 'manager' });
    const again = await server.request('PUT', cluster, { type: 'host_only', hostset: [], status: 'x', name: 'c1' });
    const shown = { name: 'c1', status: '', network: 'default', container_manager: 'manager' };
    expect([again.status, again.body]).toEqual([201, shown]);
    expect(await membersOf(server, 'c1')).toEqual([one, two]);
    expect(eventNames(server).at(-1)).toBe('cluster.updated.c1');
  });

  test('without a body makes one with the defaults', async () => {
    await using server = await startServer();
    const made = await server.request('PUT', cluster);
    expect(made.body).toEqual({ name: 'c1', status: '', network: 'default', container_manager: '' });
    expect(eventNames(server).at(-1)).toBe('cluster.created.c1');
  });

  test('with a network nobody knows falls back to the default one', async () => {
    await using server = await startServer();
    expect((await server.request('PUT', cluster, { network: 'unknown' })).body).toMatchObject({ network: 'default' });
  });
});

describe('the reboot timeout of a cluster', () => {
  const plain = { name: 'c1', status: '', network: 'default', container_manager: '' };

  test('is shown when there is one, kept, changed and removed', async () => {
    await using server = await startServer();
    const say = async (method: string, body: object) => (await server.request(method, cluster, body)).body;
    expect(await say('PUT', { reboot_timeout: 900 })).toEqual({ ...plain, reboot_timeout: 900 });
    expect(await say('PUT', { network: 'default' })).toEqual({ ...plain, reboot_timeout: 900 });
    expect((await server.request('GET', cluster)).body).toMatchObject({ reboot_timeout: 900, hostset: [] });
    expect(await say('PATCH', { reboot_timeout: 60 })).toEqual({ ...plain, reboot_timeout: 60 });
    expect(await say('PATCH', { network: 'default' })).toEqual({ ...plain, reboot_timeout: 60 });
    expect(await say('PATCH', { reboot_timeout: null })).toEqual(plain);
    expect(await say('PUT', { reboot_timeout: 1 })).toEqual({ ...plain, reboot_timeout: 1 });
    expect(await say('PUT', { reboot_timeout: null })).toEqual(plain);
    const imported = await server.request('PUT', `${cluster}?import=true`, { reboot_timeout: 700 });
    expect(imported.body).toEqual({ ...plain, reboot_timeout: 700 });
  });

  test.each([0, 86_401, 1.5, '900'])('%s is refused', async (reboot_timeout) => {
    await using server = await startServer();
    await makeCluster(server, 'c1');
    for (const method of ['PUT', 'PATCH'])
      expectProblem(await server.request(method, cluster, { reboot_timeout }), 'invalid_member');
  });
});

describe('what a cluster names', () => {
  test('is not looked at when it does not change', async () => {
    await using server = await startServer();
    const named = { network: 'gone', container_manager: 'to-come' };
    await server.request('PUT', `${cluster}?import=true`, named);
    for (const method of ['PUT', 'PATCH']) {
      const { status, body } = await server.request(method, cluster, named);
      expect([status, body]).toMatchObject([method === 'PUT' ? 201 : 200, named]);
    }
  });

  test('can always be the default network, and no container manager', async () => {
    await using server = await startServer();
    await server.request('DELETE', '/api/v0/network/default');
    await server.request('PUT', `${cluster}?import=true`, { network: 'gone', container_manager: 'gone' });
    const plain = { network: 'default', container_manager: '' };
    expect(await server.request('PATCH', cluster, plain)).toMatchObject({ status: 200, body: plain });
    expect((await server.request('GET', '/api/v0/networks')).body).toEqual(['default']);
  });

  test('as its container manager may come after it', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1');
    await importHost(server, one);
    const named = { container_manager: 'm' };
    expect(await server.request('PUT', cluster, named)).toMatchObject({ status: 201, body: named });
    expectProblem(await server.request('PUT', `${cluster}/hosts/${one}`), 'container_manager_failed');
    await server.request('PUT', '/api/v0/containermanager/m', { type: 'trivial' });
    expect((await server.request('PUT', `${cluster}/hosts/${one}`)).status).toBe(200);
  });
});

describe('importing a cluster', () => {
  test('replaces its members', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', one, two);
    await importHost(server, three, { status: 'failed' });
    const answer = await server.request('PUT', `${cluster}?import=true`, { hostset: [three, two, three] });
    expect(answer.body).toEqual({ name: 'c1', status: '', network: 'default', container_manager: '' });
    expect(await membersOf(server, 'c1')).toEqual([three, two]);
    await makeCluster(server, 'c2', one);
    expect(await membersOf(server, 'c2')).toEqual([one]);
  });

  test('makes a record like any other, its members in their order', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1');
    await server.request('PUT', '/api/v0/cluster/c2');
    const membersIn = async (path: string) => Object.keys(Object((await server.request('GET', path)).body));
    const order = ['name', 'status', 'network', 'hostset', 'container_manager', 'hosts'];
    expect([await membersIn(cluster), await membersIn('/api/v0/cluster/c2')]).toEqual([order, order]);
  });
});

describe('the state of a cluster', () => {
  const cases = [
    { statuses: [], status: 'ok', available: 0 },
    { statuses: ['active', 'disassociated'], status: 'ok', available: 2 },
    { statuses: ['active', 'failed'], status: 'degraded', available: 1 },
    { statuses: ['disassociated', 'investigating', 'bootstrapping'], status: 'degraded', available: 1 },
    { statuses: ['failed', ''], status: 'failed', available: 0 },
    { manager: 'm', statuses: ['active', 'disassociated'], status: 'degraded', available: 1 },
    { manager: 'm', statuses: ['disassociated'], status: 'failed', available: 0 },
  ];

  test.each(cases)('$statuses with the manager "$manager" is $status', async ({ statuses, status, ...expected }) => {
    const { available, manager = '' } = expected;
    await using server = await startServer();
    const hostset = statuses.map((_, index) => `127.66.1.${index + 1}`);
    for (const [index, state] of statuses.entries()) await importHost(server, hostset[index] ?? '', { status: state });
    await server.request('PUT', `${cluster}?import=true`, { hostset, container_manager: manager });
    const total = statuses.length;
    expect((await server.request('GET', cluster)).body).toEqual({
      name: 'c1',
      status,
      network: 'default',
      hostset,
      container_manager: manager,
      hosts: { total, available, unavailable: total - available },
    });
  });
});

describe('deleting a cluster', () => {
  test('lets its hosts go, for others to take', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', one);
    await server.request('PUT', '/api/v0/cluster/c2');
    expect((await server.request('DELETE', cluster, {})).body).toEqual([]);
    expectProblem(await server.request('DELETE', cluster), 'cluster_not_found');
    expect((await server.request('GET', `/api/v0/host/${one}`)).body).toMatchObject({ status: 'active' });
    expect((await server.request('PUT', `/api/v0/cluster/c2/hosts/${one}`)).body).toEqual([one]);
    expect(eventNames(server)).toContain('cluster.deleted.c1');
  });

  test('one of that name that is made later is another, and empty', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', one);
    await server.request('DELETE', cluster);
    await server.request('PUT', cluster);
    expect(await membersOf(server, 'c1')).toEqual([]);
  });
});

describe('adding a member', () => {
  test('makes it disassociated; again does nothing', async () => {
    await using server = await startServer();
    await importHost(server, one, { status: 'active' });
    await makeCluster(server, 'c1');
    const added = await server.request('PUT', `${cluster}/hosts/${one}`, {});
    expect([added.status, added.body]).toEqual([200, [one]]);
    expect((await server.request('GET', `/api/v0/host/${one}`)).body).toMatchObject({ status: 'disassociated' });
    expect(eventNames(server).slice(-2)).toEqual(['cluster.updated.c1', `host.updated.${one}`]);
    const before = server.dump();
    expect((await server.request('PUT', `${cluster}/hosts/${one}`)).body).toEqual([one]);
    expect(server.dump()).toBe(before);
  });

  const refused: Array<{ code: ProblemCode; status?: string; manager?: string; elsewhere?: boolean }> = [
    { code: 'host_not_suitable', status: 'failed' },
    { code: 'host_not_suitable', status: 'investigating' },
    { code: 'host_not_suitable', status: 'bootstrapping' },
    { code: 'host_not_suitable', status: '' },
    { code: 'host_in_other_cluster', elsewhere: true },
    { code: 'container_manager_failed', manager: 'unknown' },
  ];

  test.each(refused)('$code: status $status, manager $manager, elsewhere $elsewhere', async (given) => {
    const { code, status = 'active', manager = '', elsewhere = false } = given;
    await using server = await startServer();
    await makeCluster(server, 'other', ...(elsewhere ? [one] : []));
    await importHost(server, one, { status });
    await server.request('PUT', cluster, { container_manager: manager });
    const before = server.dump();
    // A retry is refused as well: nothing of the first try is left.
    for (const _ of [1, 2]) expectProblem(await server.request('PUT', `${cluster}/hosts/${one}`), code);
    expectProblem(await server.request('PUT', `${cluster}/hosts`, { old: [], new: [one] }), code);
    expect(server.dump()).toBe(before);
  });
});

describe('taking a member out', () => {
  test('leaves the host as it is; again is no error', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', one);
    const path = `${cluster}/hosts/${one}`;
    expect((await server.request('DELETE', path, {})).body).toEqual([]);
    expect((await server.request('GET', `/api/v0/host/${one}`)).body).toMatchObject({ status: 'active' });
    expectProblem(await server.request('GET', path), 'not_a_member');
    const before = server.dump();
    expect((await server.request('DELETE', path)).status).toBe(200);
    expect(server.dump()).toBe(before);
  });
});

describe('replacing the members', () => {
  test('adds, drops and counts duplicates once', async () => {
    await using server = await startServer();
    await importHost(server, three);
    await makeCluster(server, 'c1', one, two);
    const answer = await server.request('PUT', `${cluster}/hosts`, { old: [two, one, two], new: [three, two, three] });
    expect(answer.status).toBe(200);
    const shown = { name: 'c1', status: '', network: 'default', hostset: [two, three], container_manager: '' };
    expect(answer.body).toEqual(shown);
    const statusOf = async (address: string) => (await server.request('GET', `/api/v0/host/${address}`)).body;
    expect(await statusOf(one)).toMatchObject({ status: 'active' });
    expect(await statusOf(two)).toMatchObject({ status: 'active' });
    expect(await statusOf(three)).toMatchObject({ status: 'disassociated' });
    expect((await server.request('PUT', `/api/v0/host/${one}?import=true`, { cluster: 'c1' })).status).toBe(201);
    expect(await membersOf(server, 'c1')).toEqual([two, three, one]);
  });

  test('does not look at the state of those who are in it already', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', one);
    await importHost(server, one, { status: 'failed' });
    expect((await server.request('PUT', `${cluster}/hosts`, { old: [one], new: [one] })).status).toBe(200);
  });

  test('knows an address in another spelling', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', '2001:db8::1');
    const answer = await server.request('PUT', `${cluster}/hosts`, { old: ['2001:DB8:0::1'], new: [] });
    expect(answer.body).toMatchObject({ hostset: [] });
  });

  // Each body is wrong in this way and in all that follow: the first one is what is told.
  const order: Array<[ProblemCode, string, object]> = [
    ['invalid_member', 'absent', { old: [one] }],
    ['invalid_address', 'absent', { old: [], new: ['a b'] }],
    ['cluster_not_found', 'absent', { old: [], new: [three] }],
    ['hostset_changed', 'c1', { old: [], new: [one, three] }],
    ['hostset_changed', 'c1', { old: [one, two], new: [one, three] }],
    ['host_not_suitable', 'c1', { old: [one], new: [one, three] }],
  ];

  test.each(order)('%s of %s', async (code, name, body) => {
    await using server = await startServer();
    await makeCluster(server, 'c1', one);
    await importHost(server, three, { status: 'failed' });
    const before = server.dump();
    const answer = await server.request('PUT', `/api/v0/cluster/${name}/hosts`, body);
    expectProblem(answer, code);
    if (code === 'hostset_changed') expect(answer.body).toMatchObject({ hostset: [one] });
    expect(server.dump()).toBe(before);
  });

  test('of callers that saw the same members one wins', async () => {
    await using server = await startServer();
    for (const address of [one, two, three]) await importHost(server, address);
    await makeCluster(server, 'c1');
    const replace = (address: string) => server.request('PUT', `${cluster}/hosts`, { old: [], new: [address] });
    const answers = await Promise.all([one, two, three].map(replace));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    expect(await membersOf(server, 'c1')).toHaveLength(1);
  });
});

test('two clusters that want the same host at the same time: one gets it', async () => {
  await using server = await startServer();
  await importHost(server, one);
  for (const name of ['a', 'b', 'c', 'd']) await makeCluster(server, name);
  const join = (name: string) => server.request('PUT', `/api/v0/cluster/${name}/hosts/${one}`);
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map(join));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
  const members = await Promise.all(['a', 'b', 'c', 'd'].map((name) => membersOf(server, name)));
  expect(members.flat()).toEqual([one]);
});

test('hosts registered into a cluster at the same time are all in it', async () => {
  await using server = await startServer();
  await makeCluster(server, 'c1');
  const addresses = Array.from({ length: 20 }, (_, index) => `127.66.2.${index + 1}`);
  const register = (address: string) =>
    server.request('PUT', `/api/v0/host/${address}`, { cluster: 'c1', port: closedPort });
  const answers = await Promise.all(addresses.map(register));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set([await membersOf(server, 'c1')].flat())).toEqual(new Set(addresses));
});

describe('starting an operation', () => {
  test('ignores what it does not know and keeps the strategy it is given', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1');
    const body = { strategy: { batch: 5 }, started_at: 'x', unknown: [] };
    const { headers } = await server.request('PUT', `${cluster}/upgrade`, body);
    const { body: operation } = await server.request('GET', headers.get('location') ?? '');
    expect(operation).toMatchObject({
      strategy: { batch: 5, max_failures: 1 },
      requested_by: 'tester',
      parameters: {},
    });
  });

  test('of the latest kind, the newest is shown', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1');
    const start = async (version: string) => {
      const { headers } = await server.request('PUT', `${cluster}/deploy`, { version });
      const location = headers.get('location') ?? '';
      await expect.poll(async () => (await server.request('GET', location)).body).toMatchObject({ status: 'finished' });
    };
    for (const version of ['1', '2']) await start(version);
    expect((await server.request('GET', `${cluster}/deploy`)).body).toMatchObject({ version: '2', deployed: [] });
    expect((await server.request('GET', '/api/v0/operations')).body).toHaveLength(2);
    expect((await server.request('GET', '/api/v0/operations?limit=1')).body).toMatchObject([
      { parameters: { version: '2' } },
    ]);
  });
});
