import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChangeOptions, type Client, connect, type Precondition } from '../../src/client/index.ts';
import { importHost } from '../api/support.ts';
import { json, TestServer } from '../cli/support/server.ts';
import { declaredRoutes } from '../support/routes.ts';
import { closedPort, type TestServer as RealServer, startServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';

const credentials = { username: 'tester', password: 'of the tests' };
const host_key = `SHA256:${'A'.repeat(43)}`;

let server: RealServer;
let client: Client;
let operation: string;
let backup: string;
beforeAll(async () => {
  server = await startServer();
  client = connect({ endpoints: [server.url], credentials });
  await importHost(server, 'h', { labels: { rack: '1' } });
  await client.hosts.acceptHostKey('h', host_key);
  await client.clusters.create('c', {});
  for (const name of ['n', 'other']) await client.networks.create(name, { type: 'flannel_etcd', options: {} });
  await client.containerManagers.create('m', { type: 'openshift', options: { server_url: 'https://192.0.2.1' } });
  await client.budgets.put('b', { target: 'all', max_down: 1 });
  await client.roles.put('r', { permissions: ['host:read'] });
  await client.roleBindings.put('b', { role: 'r', subjects: ['user:a'] });
  ({ id: operation = '' } = await client.clusters.start('c', 'restart', {}));
  await client.operations.waitFor(operation, ({ finished_at }) => finished_at !== '');
  ({ name: backup } = await client.backups.create());
});
afterAll(() => server[Symbol.asyncDispose]());

const login = { ssh_priv_key: makeSshKey().privateFile, port: closedPort };
const rule = { permissions: ['host:read'] };
const binding = { role: 'r', subjects: ['user:a'] };

/** Every call that changes a record with a tag. */
const changes: Array<[route: string, call: (client: Client, options: ChangeOptions) => Promise<unknown>]> = [
  ['PUT /api/v0/host/h', ({ hosts }, options) => hosts.create('h', login, options)],
  ['PUT /api/v0/host', ({ hosts }, options) => hosts.register({ ...login, address: 'h' }, options)],
  ['PATCH /api/v0/host/h', ({ hosts }, options) => hosts.change('h', { name: 'one' }, options)],
  ['PUT /api/v0/host/h/labels', ({ hosts }, options) => hosts.replaceLabels('h', { rack: '1' }, options)],
  ['PATCH /api/v0/host/h/labels', ({ hosts }, options) => hosts.changeLabels('h', { rack: '2' }, options)],
  ['PUT /api/v0/host/h/creds', ({ hosts }, options) => hosts.setCredentials('h', { port: closedPort }, options)],
  ['PUT /api/v0/host/h/hostkey', ({ hosts }, options) => hosts.acceptHostKey('h', host_key, options)],
  ['DELETE /api/v0/host/h', ({ hosts }, options) => hosts.delete('h', options)],
  ['PUT /api/v0/cluster/c', ({ clusters }, options) => clusters.create('c', { network: 'n' }, options)],
  ['PATCH /api/v0/cluster/c', ({ clusters }, options) => clusters.change('c', { network: 'n' }, options)],
  [
    'PUT /api/v0/cluster/c/hosts',
    ({ clusters }, options) => clusters.replaceMembers('c', { seen: [], wanted: ['h'] }, options),
  ],
  ['PUT /api/v0/cluster/c/hosts/h', ({ clusters }, options) => clusters.addMember('c', 'h', options)],
  ['DELETE /api/v0/cluster/c/hosts/h', ({ clusters }, options) => clusters.removeMember('c', 'h', options)],
  ['DELETE /api/v0/cluster/c', ({ clusters }, options) => clusters.delete('c', options)],
  [
    'PUT /api/v0/network/n',
    ({ networks }, options) => networks.create('n', { type: 'flannel_etcd', options: {} }, options),
  ],
  ['DELETE /api/v0/network/n', ({ networks }, options) => networks.delete('n', options)],
  [
    'PUT /api/v0/containermanager/m',
    ({ containerManagers }, options) => containerManagers.create('m', { type: 'trivial', options: {} }, options),
  ],
  [
    'PATCH /api/v0/containermanager/m',
    ({ containerManagers }, options) => containerManagers.change('m', { type: 'kubernetes' }, options),
  ],
  ['DELETE /api/v0/containermanager/m', ({ containerManagers }, options) => containerManagers.delete('m', options)],
  ['PUT /api/v0/budget/b', ({ budgets }, options) => budgets.put('b', { target: 'all', max_down: 2 }, options)],
  ['PATCH /api/v0/budget/b', ({ budgets }, options) => budgets.change('b', { max_down: 2 }, options)],
  ['DELETE /api/v0/budget/b', ({ budgets }, options) => budgets.delete('b', options)],
  ['PUT /api/v0/role/r', ({ roles }, options) => roles.put('r', rule, options)],
  ['DELETE /api/v0/role/r', ({ roles }, options) => roles.delete('r', options)],
  ['PUT /api/v0/rolebinding/b', ({ roleBindings }, options) => roleBindings.put('b', binding, options)],
  ['DELETE /api/v0/rolebinding/b', ({ roleBindings }, options) => roleBindings.delete('b', options)],
];

const notNow: Precondition[] = [{ ifMatch: '"999999"' }, { ifNoneMatch: '*' }];

describe('what changes a record', () => {
  test('is here with every route that heeds tags', () => {
    expect(changes.map(([route]) => patternOf(route)).toSorted()).toEqual(routesWhere('change'));
  });

  test.each(changes)('%s is refused when the record is not as wanted', async (_, call) => {
    const before = server.dump();
    for (const precondition of notNow) {
      await expect(call(client, precondition)).rejects.toMatchObject({
        name: 'ProblemError',
        status: 412,
        code: 'precondition_failed',
        members: { etag: expect.stringMatching(/^"\d+"$/) },
      });
    }
    expect(server.dump()).toBe(before);
  });

  test.each(changes)('%s takes a signal among its options', async (route, call) => {
    using other = new TestServer({ [route]: json({}) });
    const alike = connect({ endpoints: [other.url] });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(call(alike, { ifMatch: '"7"', signal })).rejects.toThrow('enough');
    expect(other.asked).toEqual([]);
    await call(alike, { ifMatch: '"7"' }).catch(() => {});
    expect(other.asked.map((asked) => asked.replace(/\?.*/, ''))).toEqual([route]);
    expect(other.received[0]?.headers.get('if-match')).toBe('"7"');
  });

  test('takes a signal alone, too, and of roles last', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(client.clusters.change('c', { network: 'n' }, signal)).rejects.toThrow('enough');
    await expect(client.roles.put('r', rule, { force: true }, signal)).rejects.toThrow('enough');
  });
});

/** Every call whose answer has a tag. */
const reads: Array<[route: string, call: (client: Client) => Promise<object>]> = [
  ['GET /api/v0/host/h', ({ hosts }) => hosts.get('h')],
  ['GET /api/v0/host/h/labels', ({ hosts }) => hosts.labels('h')],
  ['GET /api/v0/host/h/creds', ({ hosts }) => hosts.credentials('h')],
  ['GET /api/v0/host/h/hostkey', ({ hosts }) => hosts.hostKey('h')],
  ['GET /api/v0/hosts', ({ hosts }) => hosts.list()],
  ['GET /api/v0/cluster/c', ({ clusters }) => clusters.get('c')],
  ['GET /api/v0/cluster/c/hosts', ({ clusters }) => clusters.members('c')],
  ['GET /api/v0/clusters', ({ clusters }) => clusters.page({})],
  ['GET /api/v0/network/n', ({ networks }) => networks.get('n')],
  ['GET /api/v0/networks', ({ networks }) => networks.list()],
  ['GET /api/v0/containermanager/m', ({ containerManagers }) => containerManagers.get('m')],
  ['GET /api/v0/containermanagers', ({ containerManagers }) => containerManagers.list()],
  ['GET /api/v0/budget/b', ({ budgets }) => budgets.get('b')],
  ['GET /api/v0/budgets', ({ budgets }) => budgets.list()],
  ['GET /api/v0/role/r', ({ roles }) => roles.get('r')],
  ['GET /api/v0/roles', ({ roles }) => roles.list()],
  ['GET /api/v0/rolebinding/b', ({ roleBindings }) => roleBindings.get('b')],
  ['GET /api/v0/rolebindings', ({ roleBindings }) => roleBindings.list()],
  ['GET /api/v0/operation/o', ({ operations }) => operations.waitFor(operation, () => true)],
  ['GET /api/v0/operations', ({ operations }) => operations.list()],
  ['GET /api/v0/tokens', ({ tokens }) => tokens.list()],
  ['GET /api/v0/backups', ({ backups }) => backups.list()],
  ['GET /api/v0/backup/k', ({ backups }) => backups.get(backup)],
];

describe('what is read', () => {
  test('is here with every route that shows a tag', () => {
    expect(reads.map(([route]) => patternOf(route)).toSorted()).toEqual(routesWhere('read'));
  });

  test.each(reads)('%s has the tag that the server gave it', async (route, call) => {
    const tag = client.etagOf(await call(client));
    const path = route
      .slice('GET '.length)
      .replace('/operation/o', `/operation/${operation}`)
      .replace('/backup/k', `/backup/${backup}`);
    const headers = { 'if-none-match': tag };
    expect((await server.request('GET', path, undefined, { headers })).status).toBe(304);
  });

  test('keeps the tag it was read with, and a copy or the answer to a change has none', async () => {
    const own = await client.hosts.labels('h');
    const tag = client.etagOf(own);
    const changed = await client.hosts.changeLabels('h', { read: 'once' });
    Object.assign(own, changed);
    expect(client.etagOf(own)).toBe(tag);
    for (const each of [{ ...own }, changed]) expect(() => client.etagOf(each)).toThrow(TypeError);
  });
});

test('of two who change what both have read, the second is refused, and does it on what is there now', async () => {
  const [first, second] = await Promise.all([client.clusters.get('c'), client.clusters.get('c')]);
  await client.clusters.change('c', { network: 'n' }, { ifMatch: client.etagOf(first) });
  const late = () => client.clusters.change('c', { network: 'other' }, { ifMatch: client.etagOf(second) });
  await expect(late()).rejects.toMatchObject({ code: 'precondition_failed' });
  const now = await client.clusters.get('c');
  expect(now.network).toBe('n');
  await client.clusters.change('c', { network: 'other' }, { ifMatch: client.etagOf(now) });
  expect((await client.clusters.get('c')).network).toBe('other');
});

test('what is only created is created once', async () => {
  const create = () => client.networks.create('once', { type: 'flannel_etcd', options: {} }, { ifNoneMatch: '*' });
  await create();
  await expect(create()).rejects.toMatchObject({ code: 'precondition_failed' });
});

function routesWhere(conditional: 'change' | 'read'): string[] {
  const routes = Object.entries(declaredRoutes).filter(
    // The pages of the manual are for browsers.
    ([route, description]) => description.conditional === conditional && !route.startsWith('GET /manual'),
  );
  return routes.map(([route]) => route.replace(/:[a-z]+/g, ':x')).toSorted();
}

/** Names are of one letter, and of one letter only there. */
function patternOf(route: string): string {
  return route.replace(/(?<=\/)[a-z](?=\/|$)/g, ':x');
}
