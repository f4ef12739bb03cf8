import { describe, expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';
import { type Client, connect } from '../../src/client/connect.ts';
import { restartRecord } from '../cli/support/records.ts';
import { json, TestServer } from '../cli/support/server.ts';

interface Case {
  route: string;
  query?: string;
  body?: unknown;
  answer: unknown;
  call: (client: Client) => Promise<unknown>;
}

const key = { ssh_priv_key: 'a2V5' };
const cases: Case[] = [
  { route: 'GET /api/v0/server', answer: {}, call: ({ system }) => system.info() },
  { route: 'GET /api/v0/server/checks', answer: {}, call: ({ system }) => system.checks() },
  {
    route: 'GET /api/v0/logs',
    query: '?level=warn&limit=5&request=r&token=t',
    answer: [],
    call: ({ logs }) => logs.list({ level: 'warn', limit: 5, requestId: 'r', logToken: 't' }),
  },
  { route: 'GET /api/v0/hosts', answer: [], call: ({ hosts }) => hosts.list() },
  { route: 'GET /api/v0/host/h', answer: {}, call: ({ hosts }) => hosts.get('h') },
  {
    route: 'PUT /api/v0/host/h',
    query: '?details=true',
    body: key,
    answer: {},
    call: ({ hosts }) => hosts.create('h', { ...key, port: undefined }),
  },
  {
    route: 'GET /api/v0/hosts',
    query: '?target=cluster%3Aweb+%26+label%3Arack%3D3',
    answer: [],
    call: async ({ hosts }) => (await hosts.page({ target: 'cluster:web & label:rack=3' })).records,
  },
  {
    route: 'GET /api/v0/hosts',
    query: '?status=failed&cpus=Gte%284%29&cpus=Lt%2816%29&sort=-memory&reverse=true&offset=2&limit=5',
    answer: [],
    call: async ({ hosts }) => {
      const where = { status: 'failed', cpus: ['Gte(4)', 'Lt(16)'] };
      return (await hosts.page({ where, sort: '-memory', reverse: true, offset: 2, limit: 5 })).records;
    },
  },
  {
    route: 'GET /api/v0/clusters',
    query: '?limit=5',
    answer: [],
    call: async ({ clusters }) => (await clusters.page({ limit: 5 })).records,
  },
  {
    route: 'GET /api/v0/networks',
    query: '?limit=5',
    answer: [],
    call: async ({ networks }) => (await networks.page({ limit: 5 })).records,
  },
  {
    route: 'GET /api/v0/containermanagers',
    query: '?name=a*',
    answer: [],
    call: async ({ containerManagers }) => (await containerManagers.page({ where: { name: 'a*' } })).records,
  },
  {
    route: 'GET /api/v0/operations',
    query: '?status=failed',
    answer: [],
    call: async ({ operations }) => (await operations.page({ where: { status: 'failed' } })).records,
  },
  { route: 'GET /api/v0/whoami', answer: {}, call: ({ roles }) => roles.whoami() },
  { route: 'GET /api/v0/roles', answer: [], call: ({ roles }) => roles.list() },
  {
    route: 'GET /api/v0/roles',
    query: '?source=store',
    answer: [],
    call: async ({ roles }) => (await roles.page({ where: { source: 'store' } })).records,
  },
  { route: 'GET /api/v0/role/r', answer: {}, call: ({ roles }) => roles.get('r') },
  {
    route: 'PUT /api/v0/role/r',
    body: { permissions: ['host:read'] },
    answer: {},
    call: ({ roles }) => roles.put('r', { permissions: ['host:read'] }),
  },
  {
    route: 'DELETE /api/v0/role/r',
    query: '?force=true',
    answer: [],
    call: ({ roles }) => roles.delete('r', { force: true }),
  },
  { route: 'GET /api/v0/rolebindings', answer: [], call: ({ roleBindings }) => roleBindings.list() },
  {
    route: 'GET /api/v0/rolebindings',
    query: '?role=viewer',
    answer: [],
    call: async ({ roleBindings }) => (await roleBindings.page({ where: { role: 'viewer' } })).records,
  },
  { route: 'GET /api/v0/rolebinding/b', answer: {}, call: ({ roleBindings }) => roleBindings.get('b') },
  {
    route: 'PUT /api/v0/rolebinding/b',
    query: '?force=true',
    body: { role: 'viewer', subjects: ['user:a'] },
    answer: {},
    call: ({ roleBindings }) => roleBindings.put('b', { role: 'viewer', subjects: ['user:a'] }, { force: true }),
  },
  { route: 'DELETE /api/v0/rolebinding/b', answer: [], call: ({ roleBindings }) => roleBindings.delete('b') },
  {
    route: 'GET /api/v0/budgets',
    query: '?sort=-hosts',
    answer: [],
    call: async ({ budgets }) => (await budgets.page({ sort: '-hosts' })).records,
  },
  { route: 'GET /api/v0/tokens', answer: [], call: ({ tokens }) => tokens.list() },
  {
    route: 'GET /api/v0/tokens',
    query: '?owner=alice',
    answer: [],
    call: async ({ tokens }) => (await tokens.page({ where: { owner: 'alice' } })).records,
  },
  {
    route: 'POST /api/v0/tokens',
    body: { kind: 'automation', lifetime: 60 },
    answer: {},
    call: ({ tokens }) => tokens.mint({ kind: 'automation', lifetime: 60 }),
  },
  {
    route: 'DELETE /api/v0/tokens',
    query: '?owner=alice',
    answer: { owner: 'alice', revoked: 1 },
    call: ({ tokens }) => tokens.revokeAll('alice'),
  },
  { route: 'GET /api/v0/tokens/current', answer: {}, call: ({ tokens }) => tokens.current() },
  { route: 'DELETE /api/v0/tokens/current', answer: [], call: ({ tokens }) => tokens.revokeCurrent() },
  {
    route: 'POST /api/v0/tokens/current/renew',
    body: { lifetime: 60 },
    answer: {},
    call: ({ tokens }) => tokens.renew(60),
  },
  { route: 'GET /api/v0/token/t', answer: {}, call: ({ tokens }) => tokens.get('t') },
  { route: 'DELETE /api/v0/token/t', answer: [], call: ({ tokens }) => tokens.revoke('t') },
  {
    route: 'POST /api/v0/token-keys/rotate',
    answer: { key: 'k', retired: [] },
    call: ({ tokens }) => tokens.rotateKeys(),
  },
  { route: 'GET /api/v0/host/h/labels', answer: { a: 'b' }, call: ({ hosts }) => hosts.labels('h') },
  {
    route: 'PATCH /api/v0/host/h',
    body: { name: 'one' },
    answer: { address: 'h', name: 'one' },
    call: ({ hosts }) => hosts.change('h', { name: 'one' }),
  },
  {
    route: 'POST /api/v0/host/h/check',
    body: { ssh_priv_key: 'a', name: 'one' },
    answer: { result: 'new', differs: [] },
    call: ({ hosts }) => hosts.check('h', { ssh_priv_key: 'a', name: 'one' }),
  },
  {
    route: 'PUT /api/v0/host/h/labels',
    body: { a: 'b' },
    answer: { a: 'b' },
    call: ({ hosts }) => hosts.replaceLabels('h', { a: 'b' }),
  },
  {
    route: 'PATCH /api/v0/host/h/labels',
    body: { a: 'b', c: null },
    answer: { a: 'b' },
    call: ({ hosts }) => hosts.changeLabels('h', { a: 'b', c: null }),
  },
  {
    route: 'PUT /api/v0/host',
    body: { ...key, address: 'h' },
    answer: {},
    call: ({ hosts }) => hosts.register({ ...key, address: 'h' }),
  },
  { route: 'GET /api/v0/host/h/creds', answer: {}, call: ({ hosts }) => hosts.credentials('h') },
  { route: 'DELETE /api/v0/host/h', answer: [], call: ({ hosts }) => hosts.delete('h') },
  {
    route: 'DELETE /api/v0/host/h',
    query: '?force=true',
    answer: [],
    call: ({ hosts }) => hosts.delete('h', { force: true }),
  },
  { route: 'GET /api/v0/host/h/status', answer: {}, call: ({ hosts }) => hosts.status('h') },
  {
    route: 'PUT /api/v0/host/h/creds',
    body: { port: 2222 },
    answer: {},
    call: ({ hosts }) => hosts.setCredentials('h', { port: 2222 }),
  },
  { route: 'GET /api/v0/host/h/hostkey', answer: {}, call: ({ hosts }) => hosts.hostKey('h') },
  {
    route: 'PUT /api/v0/host/h/hostkey',
    body: { fingerprint: 'SHA256:x' },
    answer: {},
    call: ({ hosts }) => hosts.acceptHostKey('h', 'SHA256:x'),
  },
  { route: 'GET /api/v0/clusters', answer: [], call: ({ clusters }) => clusters.list() },
  { route: 'GET /api/v0/cluster/c', answer: {}, call: ({ clusters }) => clusters.get('c') },
  {
    route: 'PUT /api/v0/cluster/c',
    body: { type: 'kubernetes', network: 'n', container_manager: '' },
    answer: {},
    call: ({ clusters }) => clusters.create('c', { type: 'kubernetes', network: 'n', container_manager: '' }),
  },
  { route: 'DELETE /api/v0/cluster/c', answer: [], call: ({ clusters }) => clusters.delete('c') },
  { route: 'GET /api/v0/cluster/c/hosts', answer: ['h'], call: ({ clusters }) => clusters.members('c') },
  { route: 'GET /api/v0/cluster/c/hosts/h', answer: ['h'], call: ({ clusters }) => clusters.member('c', 'h') },
  {
    route: 'PUT /api/v0/cluster/c/hosts',
    body: { old: ['a'], new: ['a', 'b'] },
    answer: {},
    call: ({ clusters }) => clusters.replaceMembers('c', { seen: ['a'], wanted: ['a', 'b'] }),
  },
  {
    route: 'PUT /api/v0/cluster/c/hosts/h',
    body: {},
    answer: ['h'],
    call: ({ clusters }) => clusters.addMember('c', 'h'),
  },
  { route: 'DELETE /api/v0/cluster/c/hosts/h', answer: [], call: ({ clusters }) => clusters.removeMember('c', 'h') },
  { route: 'GET /api/v0/cluster/c/restart', answer: {}, call: ({ clusters }) => clusters.latest('c', 'restart') },
  { route: 'GET /api/v0/cluster/c/deploy', answer: {}, call: ({ clusters }) => clusters.latest('c', 'deploy') },
  { route: 'GET /api/v0/cluster/c/upgrade', answer: {}, call: ({ clusters }) => clusters.latest('c', 'upgrade') },
  { route: 'GET /api/v0/networks', answer: [], call: ({ networks }) => networks.list() },
  { route: 'GET /api/v0/network/n', answer: {}, call: ({ networks }) => networks.get('n') },
  {
    route: 'PUT /api/v0/network/n',
    body: { type: 'flannel_etcd', options: {} },
    answer: {},
    call: ({ networks }) => networks.create('n', { type: 'flannel_etcd', options: {} }),
  },
  { route: 'DELETE /api/v0/network/n', answer: [], call: ({ networks }) => networks.delete('n') },
  {
    route: 'GET /api/v0/containermanagers',
    answer: [],
    call: ({ containerManagers }) => containerManagers.list(),
  },
  {
    route: 'GET /api/v0/containermanager/m',
    answer: {},
    call: ({ containerManagers }) => containerManagers.get('m'),
  },
  {
    route: 'PUT /api/v0/containermanager/m',
    body: { type: 'openshift', options: { token: 't' } },
    answer: {},
    call: ({ containerManagers }) => containerManagers.create('m', { type: 'openshift', options: { token: 't' } }),
  },
  {
    route: 'PATCH /api/v0/containermanager/m',
    body: { options: { token: null } },
    answer: {},
    call: ({ containerManagers }) => containerManagers.change('m', { type: undefined, options: { token: null } }),
  },
  {
    route: 'DELETE /api/v0/containermanager/m',
    answer: [],
    call: ({ containerManagers }) => containerManagers.delete('m'),
  },
  {
    route: 'PATCH /api/v0/cluster/c',
    body: { network: 'n' },
    answer: {},
    call: ({ clusters }) => clusters.change('c', { network: 'n' }),
  },
  {
    route: 'PATCH /api/v0/budget/b',
    body: { max_down: 2 },
    answer: {},
    call: ({ budgets }) => budgets.change('b', { max_down: 2 }),
  },
  { route: 'GET /api/v0/operations', answer: [], call: ({ operations }) => operations.list() },
  {
    route: 'GET /api/v0/operations',
    query: '?cluster=c&limit=5',
    answer: [],
    call: ({ operations }) => operations.list({ cluster: 'c', limit: 5 }),
  },
  { route: 'GET /api/v0/operation/o', answer: {}, call: ({ operations }) => operations.get('o') },
  { route: 'GET /api/v0/operation/o/folded', answer: [], call: ({ operations }) => operations.folded('o') },
  { route: 'GET /api/v0/operation/o/plan', answer: {}, call: ({ operations }) => operations.planOf('o') },
  {
    route: 'POST /api/v0/operations',
    query: '?plan=true',
    body: { kind: 'restart', target: 'a,b' },
    answer: {},
    call: ({ operations }) => operations.plan({ kind: 'restart', target: 'a,b' }),
  },
  ...(['pause', 'resume', 'promote'] as const).map(
    (name): Case => ({
      route: `POST /api/v0/operation/o/${name}`,
      body: {},
      answer: {},
      call: ({ operations }) => operations[name]('o'),
    }),
  ),
  {
    route: 'POST /api/v0/operation/o/cancel',
    body: { now: true },
    answer: {},
    call: ({ operations }) => operations.cancel('o', { now: true }),
  },
  {
    route: 'POST /api/v0/operation/o/skip',
    body: { host: 'h' },
    answer: {},
    call: ({ operations }) => operations.skip('o', 'h'),
  },
  {
    route: 'GET /api/v0/operation/o/journal',
    query: '?after=7',
    answer: [],
    call: ({ operations }) => operations.journal('o', 7),
  },
  { route: 'GET /api/v0/budgets', answer: [], call: ({ budgets }) => budgets.list() },
  { route: 'GET /api/v0/budget/b', answer: {}, call: ({ budgets }) => budgets.get('b') },
  {
    route: 'PUT /api/v0/budget/b',
    body: { target: 'cluster:web', max_down: 1 },
    answer: {},
    call: ({ budgets }) => budgets.put('b', { target: 'cluster:web', max_down: 1 }),
  },
  { route: 'DELETE /api/v0/budget/b', answer: [], call: ({ budgets }) => budgets.delete('b') },
  {
    route: 'GET /api/v0/events',
    query: '?follow=false&filter=host%2Cuser&since=3&limit=5',
    answer: [],
    call: ({ events }) => events.list({ filter: ['host', 'user'], since: 3, limit: 5 }),
  },
  {
    route: 'POST /api/v0/events',
    body: { type: 'user', key: 'k' },
    answer: {},
    call: ({ events }) => events.post({ type: 'user', key: 'k' }),
  },
  { route: 'GET /api/v0/hooks/dead-letters', answer: [], call: ({ deadLetters }) => deadLetters.list() },
  {
    route: 'DELETE /api/v0/hooks/dead-letters',
    query: '?hook=chat',
    answer: [],
    call: ({ deadLetters }) => deadLetters.clear('chat'),
  },
  {
    route: 'GET /api/v0/audit',
    query: '?who=alice&since=2026-01-31&limit=5',
    answer: [],
    call: async ({ audit }) => (await audit.page({ where: { who: 'alice' }, since: '2026-01-31', limit: 5 })).entries,
  },
  { route: 'GET /api/v0/backups', answer: [], call: ({ backups }) => backups.list() },
  { route: 'DELETE /api/v0/backup/b', answer: [], call: ({ backups }) => backups.delete('b') },
  { route: 'GET /api/v0/secrets/s', answer: { type: 'simple', value: 'v' }, call: ({ secrets }) => secrets.get('s') },
  { route: 'GET /api/v0/secrets/s', answer: ['a', 'b/'], call: ({ secrets }) => secrets.list('s') },
  {
    route: 'PUT /api/v0/secrets/s',
    body: { type: 'simple', value: 'v' },
    answer: { name: 's' },
    call: ({ secrets }) => secrets.put('s', { type: 'simple', value: 'v' }),
  },
  {
    route: 'POST /api/v0/secrets/s',
    body: {},
    answer: { name: 's/' },
    call: ({ secrets }) => secrets.makeContainer('s'),
  },
  {
    route: 'POST /api/v0/secret-keys/rotate',
    body: {},
    answer: { key: 'k', records: 1 },
    call: ({ secrets }) => secrets.rotateKey(),
  },
  {
    route: 'PUT /api/v0/secret-keys/passphrase',
    body: { current: 'one', next: 'two' },
    answer: { protected: true },
    call: ({ secrets }) => secrets.changePassphrase({ current: 'one', next: 'two' }),
  },
  { route: 'GET /livez', answer: { status: 'ok' }, call: ({ system }) => system.livez() },
  { route: 'GET /readyz', answer: { status: 'ok' }, call: ({ system }) => system.readyz() },
  { route: 'GET /openapi.json', answer: {}, call: ({ system }) => system.document() },
  { route: 'GET /version', answer: {}, call: ({ system }) => system.version() },
  { route: 'GET /api/v0/status', answer: {}, call: ({ system }) => system.status() },
];

/** Those whose answers are more than their JSON, which the tests below are about. */
const others = [
  { route: 'DELETE /api/v0/secrets/s', call: ({ secrets }: Client) => secrets.delete('s') },
  ...(['restart', 'upgrade', 'deploy'] as const).map((kind) => ({
    route: `PUT /api/v0/cluster/c/${kind}`,
    call: ({ clusters }: Client) => clusters.start('c', kind, {}),
  })),
  {
    route: 'POST /api/v0/operations',
    call: ({ operations }: Client) => operations.start({ kind: 'restart', target: 'a' }),
  },
  { route: 'POST /api/v0/backups', call: ({ backups }: Client) => backups.create() },
  { route: 'GET /api/v0/backup/b', call: ({ backups }: Client) => backups.get('b') },
  { route: 'GET /api/v0/backup-schedule', call: ({ backups }: Client) => backups.schedule() },
  { route: 'POST /api/v0/operation/o/retry', call: ({ operations }: Client) => operations.retry('o') },
  { route: 'POST /api/v0/operation/o/rerun', call: ({ operations }: Client) => operations.rerun('o') },
  { route: 'GET /api/v0/operation/o/log', call: ({ operations }: Client) => operations.log('o', 'h', 0) },
];

const streams = [
  { route: 'POST /api/v0/backups/stream', call: ({ backups }: Client) => backups.stream() },
  { route: 'GET /api/v0/backup/b/content', call: ({ backups }: Client) => backups.download('b') },
];

test.each(streams)('$route gives the bytes as they come', async ({ route, call }) => {
  const bytes = () => new Response('of a backup', { headers: { 'content-type': 'application/octet-stream' } });
  using server = new TestServer({ [route]: bytes });
  expect(await new Response(await call(connect({ endpoints: [server.url] }))).text()).toBe('of a backup');
  expect(server.asked).toEqual([route]);
});

test('every route there is has a method, and no method is for one that is not there', () => {
  const called = new Set([...cases, ...others, ...streams].map(({ route }) => patternOf(route)));
  // The manual and the page that shows the document are for browsers, and the metrics are for Prometheus.
  const rules = routeRules
    .filter(({ path }) => !/^\/(docs|manual|metrics)(\/|$)/.test(path))
    .map(({ method, path }) => `${method} ${path.replace(/:[a-z]+/g, ':x')}`);
  expect([...called].toSorted()).toEqual(rules.toSorted());
});

test.each(others)('$route is what is asked', async ({ route, call }) => {
  using server = new TestServer({ [route]: json({}) });
  await call(connect({ endpoints: [server.url] }));
  expect(server.asked.map((asked) => asked.split('?')[0])).toEqual([route]);
});

/** Names are of one letter in the cases, and of one letter only there. */
function patternOf(route: string): string {
  return route.replace(/(?<=\/)[a-z](?=\/|$)/g, ':x');
}

test.each(cases)('$route $query', async ({ route, query = '', body, answer, call }) => {
  using server = new TestServer({ [route]: json(answer) });
  expect(await call(connect({ endpoints: [server.url] }))).toEqual(answer);
  expect(server.asked).toEqual([route + query]);
  expect(server.received[0]?.body).toEqual(body);
});

test('the value of a secret goes and comes as the bytes it is', async () => {
  const value = Uint8Array.of(0, 255, 10);
  const headers = { 'content-type': 'application/octet-stream' };
  using server = new TestServer({
    'PUT /api/v0/secrets/a%2Fb': json({ name: 'a/b' }, { status: 201 }),
    'GET /api/v0/secrets/a%2Fb': () => new Response(value, { headers }),
  });
  const { secrets } = connect({ endpoints: [server.url] });
  expect(await secrets.putBytes('a/b', value)).toEqual({ name: 'a/b' });
  expect(server.received[0]?.body).toEqual(value);
  expect(await secrets.bytes('a/b')).toEqual(value);
  expect(server.received[1]?.headers.get('accept')).toBe('application/octet-stream');
});

test('what answers with something else than bytes is no server of these', async () => {
  using server = new TestServer({ 'GET /api/v0/secrets/s': () => new Response('<h1>It works!</h1>') });
  const { secrets } = connect({ endpoints: [server.url], retries: 0 });
  await expect(secrets.bytes('s')).rejects.toThrow('it does not answer as a commissaire server');
});

test('a page says how many records there are, and an old server only how many came', async () => {
  using server = new TestServer({
    'GET /api/v0/clusters': json(['a'], { headers: { 'x-total-count': '7' } }),
    'GET /api/v0/networks': json(['default']),
  });
  const client = connect({ endpoints: [server.url] });
  expect(await client.clusters.page({ limit: 1 })).toEqual({ records: ['a'], total: 7 });
  expect(await client.networks.page({ limit: 5 })).toEqual({ records: ['default'], total: 1 });
});

describe('starting an operation', () => {
  const cases = [
    { status: 201, isNew: true },
    { status: 200, isNew: false },
  ];

  test.each(cases)('a $status names the operation', async ({ status, isNew }) => {
    const answer = json(restartRecord, { status, headers: { location: '/api/v0/operation/op-1' } });
    using server = new TestServer({ 'PUT /api/v0/cluster/c/restart': answer });
    const started = await connect({ endpoints: [server.url] }).clusters.start('c', 'restart', {
      strategy: { batch: 2 },
    });
    expect(started).toEqual({ record: restartRecord, id: 'op-1', isNew });
    expect(server.received[0]?.body).toEqual({ strategy: { batch: 2 } });
  });

  test('a server of the original line names none', async () => {
    using server = new TestServer({ 'PUT /api/v0/cluster/c/restart': json(restartRecord, { status: 201 }) });
    const { id } = await connect({ endpoints: [server.url] }).clusters.start('c', 'restart', {});
    expect(id).toBeUndefined();
  });
});

test('a part of a log says where the next one begins', async () => {
  const headers = { 'x-next-offset': '7', 'x-log-complete': 'true' };
  using server = new TestServer({ 'GET /api/v0/operation/o/log': () => new Response('abc', { headers }) });
  const part = await connect({ endpoints: [server.url] }).operations.log('o', 'h', 4);
  expect(part).toEqual({ bytes: new TextEncoder().encode('abc'), nextOffset: 7, complete: true });
  expect(server.asked).toEqual(['GET /api/v0/operation/o/log?host=h&offset=4']);
});

test('an observation carries the time of the server, not of the client', async () => {
  const headers = { date: 'Fri, 02 Jan 2026 03:04:05 GMT' };
  using server = new TestServer({ 'GET /api/v0/operation/o': json({}, { headers }) });
  const { serverTime } = await connect({ endpoints: [server.url] }).operations.observe('o');
  expect(new Date(serverTime).toISOString()).toBe('2026-01-02T03:04:05.000Z');
});
