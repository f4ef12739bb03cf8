import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';
import { type Answer, closedPort, startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

const host = '127.66.0.1';

let server: TestServer;
let operation: string;
beforeAll(async () => {
  server = await startServer({ onAnswer: expectDocumented });
  await makeCluster(server, 'c1', host);
  await server.request('PUT', `${address}/hostkey`, { fingerprint: `SHA256:${'A'.repeat(43)}` });
  await server.request('PUT', '/api/v0/containermanager/m1', { options: { server_url: 'https://192.0.2.1' } });
  await server.request('PUT', '/api/v0/budget/b1', { target: 'all', max_down: 1 });
  await server.request('PUT', '/api/v0/role/r1', { permissions: ['host:read'] });
  await server.request('PUT', '/api/v0/rolebinding/rb1', { role: 'r1', subjects: ['user:a'] });
  await makeCluster(server, 'empty');
  operation = (await server.request('PUT', '/api/v0/cluster/empty/restart')).headers.get('location') ?? '';
  await until(async () => /"finished_at":"2[^"]*","counts"/.test((await server.request('GET', operation)).text));
});
afterAll(() => server[Symbol.asyncDispose]());

function get(path: string, known?: string): Promise<Answer> {
  return server.request('GET', path, undefined, known === undefined ? {} : { headers: { 'if-none-match': known } });
}

async function tagOf(path: string): Promise<string> {
  const tag = (await get(path)).headers.get('etag') ?? '';
  expect(tag).toMatch(/^"[\w.]+"$/);
  return tag;
}

const address = `/api/v0/host/${host}`;
const labels = { rack: '1' };
const paths = () => [
  address,
  `${address}/labels`,
  `${address}/creds`,
  `${address}/hostkey`,
  '/api/v0/cluster/c1',
  '/api/v0/cluster/c1/hosts',
  '/api/v0/network/default',
  '/api/v0/containermanager/m1',
  '/api/v0/budget/b1',
  operation,
  '/api/v0/hosts',
  '/api/v0/hosts?target=cluster:c1',
  '/api/v0/hosts?status=active&sort=address',
  '/api/v0/clusters',
  '/api/v0/networks',
  '/api/v0/containermanagers',
  '/api/v0/operations',
  '/api/v0/budgets',
  '/api/v0/role/viewer',
  '/api/v0/role/r1',
  '/api/v0/roles',
  '/api/v0/roles?source=store',
  '/api/v0/rolebinding/rb1',
  '/api/v0/rolebindings',
];

test('what has not changed is not sent again', async () => {
  for (const path of paths()) {
    const tag = await tagOf(path);
    const head = await server.request('HEAD', path);
    expect([path, head.status, head.headers.get('etag'), head.text]).toEqual([path, 200, tag, '']);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const answer = await get(path, known);
      expect([path, known, answer.status, answer.text]).toEqual([path, known, 304, '']);
      expect(answer.headers.get('etag')).toBe(tag);
    }
    expect([path, (await get(path, '"other"')).status]).toEqual([path, 200]);
  }
});

/** What is done, and whose tag it changes. Everything else keeps its own. */
const changes: Array<[method: string, path: string, body: object | undefined, changed: string[]]> = [
  ['PUT', `${address}/creds`, { remote_user: 'admin' }, ['creds']],
  ['PUT', `${address}/hostkey`, { fingerprint: `SHA256:${'B'.repeat(43)}` }, ['hostkey']],
  ['PUT', `${address}/labels`, labels, ['host', 'labels', 'cluster', 'hosts', 'clusters']],
  [
    'PUT',
    `${address}?import=true`,
    { status: 'failed' },
    ['host', 'creds', 'labels', 'cluster', 'hosts', 'clusters', 'budget'],
  ],
  ['PUT', '/api/v0/host/127.66.0.9?import=true', { status: 'active' }, ['hosts', 'clusters', 'budget']],
  ['PUT', '/api/v0/cluster/c1/hosts/127.66.0.9', undefined, ['cluster', 'members', 'hosts', 'clusters']],
  ['PUT', '/api/v0/network/n2', {}, ['networks']],
  ['PUT', '/api/v0/cluster/c1', { network: 'n2' }, ['cluster', 'members', 'hosts', 'clusters']],
  ['PATCH', '/api/v0/containermanager/m1', { type: 'kubernetes' }, ['manager', 'managers']],
  ['PUT', '/api/v0/budget/b1', { target: 'all', max_down: 2 }, ['budget']],
  ['PUT', '/api/v0/role/r1', { permissions: [] }, ['role']],
  ['PUT', '/api/v0/rolebinding/rb1', { role: 'r1', subjects: ['user:b'] }, ['binding']],
  ['DELETE', '/api/v0/host/127.66.0.9', undefined, ['cluster', 'members', 'hosts', 'clusters', 'budget']],
];

const groups: Record<string, string[]> = {
  host: [address],
  labels: [`${address}/labels`],
  creds: [`${address}/creds`],
  hostkey: [`${address}/hostkey`],
  cluster: ['/api/v0/cluster/c1'],
  members: ['/api/v0/cluster/c1/hosts'],
  manager: ['/api/v0/containermanager/m1'],
  managers: ['/api/v0/containermanagers'],
  networks: ['/api/v0/networks'],
  clusters: ['/api/v0/clusters'],
  hosts: ['/api/v0/hosts', '/api/v0/hosts?target=cluster:c1', '/api/v0/hosts?status=active&sort=address'],
  budget: ['/api/v0/budget/b1', '/api/v0/budgets'],
  role: ['/api/v0/role/r1', '/api/v0/roles', '/api/v0/roles?source=store'],
  binding: ['/api/v0/rolebinding/rb1', '/api/v0/rolebindings'],
};

test('what has changed has another tag, and what has not keeps it', async () => {
  for (const [method, path, body, changed] of changes) {
    const before = new Map<string, string>();
    for (const each of paths()) before.set(each, await tagOf(each));
    expect((await server.request(method, path, body ?? (method === 'PUT' ? {} : undefined))).status).toBeLessThan(300);
    const others: string[] = [];
    for (const [each, tag] of before) if ((await tagOf(each)) !== tag) others.push(each);
    const expected = changed.flatMap((name) => groups[name] ?? []);
    expect({ path, changed: others.toSorted() }).toEqual({ path, changed: expected.toSorted() });
  }
});

test('what was read from an earlier server is known to the next one as long as it holds', async () => {
  using directory = temporaryDirectory();
  const start = () => startServer({ directory: directory.path });
  const one = async (own: TestServer, known: string) =>
    (await own.request('GET', '/api/v0/hosts', undefined, { headers: { 'if-none-match': known } })).status;
  let tag = '';
  {
    await using first = await start();
    await importHost(first, host);
    tag = (await first.request('GET', '/api/v0/hosts')).headers.get('etag') ?? '';
    expect(await one(first, tag)).toBe(304);
  }
  {
    await using second = await start();
    expect(await one(second, tag)).toBe(304);
    await second.request('DELETE', address);
    expect(await one(second, tag)).toBe(200);
  }
  await using third = await start();
  expect(await one(third, tag)).toBe(200);
});

interface Guarded {
  route: string;
  path: string;
  /** Where its tag is, if it has none of its own. */
  record?: string;
  body?: object;
}

const guarded: Guarded[] = [
  { route: 'PUT /api/v0/host/:address', path: address, body: { port: closedPort } },
  { route: 'PUT /api/v0/host', path: '/api/v0/host', record: address, body: { address: host } },
  { route: 'PUT /api/v0/host/:address', path: `${address}?import=true`, record: address, body: { status: 'active' } },
  { route: 'PATCH /api/v0/host/:address', path: address, body: { name: 'web1' } },
  { route: 'PUT /api/v0/host/:address/labels', path: `${address}/labels`, body: { rack: '1' } },
  { route: 'PATCH /api/v0/host/:address/labels', path: `${address}/labels`, body: { rack: '2' } },
  { route: 'PUT /api/v0/cluster/:name', path: '/api/v0/cluster/c2', body: { network: 'default' } },
  {
    route: 'PUT /api/v0/cluster/:name',
    path: '/api/v0/cluster/c2?import=true',
    record: '/api/v0/cluster/c2',
    body: {},
  },
  { route: 'PATCH /api/v0/cluster/:name', path: '/api/v0/cluster/c2', body: { network: 'other' } },
  { route: 'PUT /api/v0/host/:address/creds', path: `${address}/creds`, body: { port: closedPort } },
  {
    route: 'PUT /api/v0/host/:address/hostkey',
    path: `${address}/hostkey`,
    body: { fingerprint: `SHA256:${'B'.repeat(43)}` },
  },
  {
    route: 'PUT /api/v0/cluster/:name/hosts',
    path: '/api/v0/cluster/c2/hosts',
    body: { old: [], new: [] },
  },
  {
    route: 'PUT /api/v0/cluster/:name/hosts/:address',
    path: `/api/v0/cluster/c2/hosts/${host}`,
    record: '/api/v0/cluster/c2/hosts',
  },
  {
    route: 'DELETE /api/v0/cluster/:name/hosts/:address',
    path: `/api/v0/cluster/c2/hosts/${host}`,
    record: '/api/v0/cluster/c2/hosts',
  },
  { route: 'PUT /api/v0/network/:name', path: '/api/v0/network/n9', body: {} },
  { route: 'PUT /api/v0/containermanager/:name', path: '/api/v0/containermanager/m9', body: { type: 'trivial' } },
  { route: 'PATCH /api/v0/containermanager/:name', path: '/api/v0/containermanager/m9', body: { type: 'trivial' } },
  { route: 'PUT /api/v0/budget/:name', path: '/api/v0/budget/b9', body: { target: 'all', max_down: 1 } },
  { route: 'PATCH /api/v0/budget/:name', path: '/api/v0/budget/b9', body: { max_down: 2 } },
  { route: 'DELETE /api/v0/host/:address', path: address },
  { route: 'DELETE /api/v0/cluster/:name', path: '/api/v0/cluster/c2' },
  { route: 'DELETE /api/v0/network/:name', path: '/api/v0/network/n9' },
  { route: 'DELETE /api/v0/containermanager/:name', path: '/api/v0/containermanager/m9' },
  { route: 'DELETE /api/v0/budget/:name', path: '/api/v0/budget/b9' },
  { route: 'PUT /api/v0/role/:name', path: '/api/v0/role/r9', body: { permissions: [] } },
  {
    route: 'PUT /api/v0/rolebinding/:name',
    path: '/api/v0/rolebinding/rb9',
    body: { role: 'viewer', subjects: ['user:a'] },
  },
  { route: 'DELETE /api/v0/rolebinding/:name', path: '/api/v0/rolebinding/rb9' },
  { route: 'DELETE /api/v0/role/:name', path: '/api/v0/role/r9' },
];

/** Those that change something else than one record. */
const unguarded = /\/check$|operation|restart|upgrade|deploy|events|hooks|\/tokens?\b|\/token-keys|\/secret|\/backup/;

test('every route that changes a record with a tag heeds it', () => {
  const changing = routeRules.filter(({ method, path }) => method !== 'GET' && !unguarded.test(path));
  const routes = new Set(guarded.map(({ route }) => route));
  expect([...routes].toSorted()).toEqual(changing.map(({ method, path }) => `${method} ${path}`).toSorted());
});

test('a record is changed only when it is the one that was read', async () => {
  await using own = await startServer({ onAnswer: expectDocumented });
  await importHost(own, host);
  await own.request('PUT', `${address}/hostkey`, { fingerprint: `SHA256:${'A'.repeat(43)}` });
  await own.request('PUT', '/api/v0/cluster/c2', {});
  for (const name of ['n9', 'other']) await own.request('PUT', `/api/v0/network/${name}`, {});
  await own.request('PUT', '/api/v0/containermanager/m9', { type: 'trivial' });
  await own.request('PUT', '/api/v0/budget/b9', { target: 'all', max_down: 1 });
  await own.request('PUT', '/api/v0/role/r9', { permissions: ['host:read'] });
  await own.request('PUT', '/api/v0/rolebinding/rb9', { role: 'r9', subjects: ['user:b'] });
  for (const { route, path, record = path, body } of guarded) {
    const [method = ''] = route.split(' ');
    const send = (headers: Record<string, string>) => own.request(method, path, body, { headers });
    const tag = (await own.request('GET', record)).headers.get('etag') ?? '';
    const before = own.dump();
    for (const headers of [
      { 'if-match': '"999999"' },
      { 'if-match': '"x", "h1"' },
      { 'if-none-match': '*' },
      { 'if-none-match': tag },
    ]) {
      const answer = await send(headers);
      expectProblem(answer, 'precondition_failed');
      expect({ path, ...(answer.body ?? {}) }).toMatchObject({ path, etag: `"${tag.slice(1, -1).split('.')[0]}"` });
    }
    expectProblem(await send({ 'if-match': tag.slice(1) }), 'invalid_member');
    expect(own.dump()).toBe(before);
    const done = await send({ 'if-match': `"1", ${tag}` });
    expect({ route, status: done.status }).toEqual({
      route,
      status: method === 'PUT' && !/labels|\/hosts/.test(path) ? 201 : 200,
    });
    if (method === 'DELETE' && record === path) expectProblem(await send({ 'if-match': '*' }), 'precondition_failed');
  }
});

test('If-None-Match: * creates, and does not replace', async () => {
  const once = { headers: { 'if-none-match': '*' } };
  for (const path of ['/api/v0/cluster/once', '/api/v0/network/once', '/api/v0/host/127.66.0.77?import=true']) {
    expect((await server.request('PUT', path, {}, once)).status).toBe(201);
    expectProblem(await server.request('PUT', path, {}, once), 'precondition_failed');
  }
});

test('of many who change what they read at once, one does', async () => {
  const tag = await tagOf(`${address}/labels`);
  const numbers = Array.from({ length: 20 }, (_, index) => String(index));
  const answers = await Promise.all(
    numbers.map((rack) =>
      server.request('PUT', `${address}/labels`, { rack: `new-${rack}` }, { headers: { 'if-match': tag } }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
});

test('a host that changes its status stands in nobody’s way who changes its cluster', async () => {
  const tag = await tagOf('/api/v0/cluster/c1');
  await importHost(server, '127.66.0.50');
  await server.request('PUT', '/api/v0/cluster/c1/hosts/127.66.0.50', {});
  const joined = await tagOf('/api/v0/cluster/c1');
  await importHost(server, '127.66.0.50', { status: 'failed' });
  expect(await tagOf('/api/v0/cluster/c1')).not.toBe(joined);
  const change = (known: string) =>
    server.request('PUT', '/api/v0/cluster/c1', { network: 'default' }, { headers: { 'if-match': known } });
  expectProblem(await change(tag), 'precondition_failed');
  expect((await change(joined)).status).toBe(201);
});
