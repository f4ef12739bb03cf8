import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, connect, type PatchLine } from '../../src/client/index.ts';
import { importHost } from '../api/support.ts';
import { json, TestServer } from '../cli/support/server.ts';
import { declaredRoutes } from '../support/routes.ts';
import { type TestServer as RealServer, startServer } from '../support/server.ts';

let server: RealServer;
let client: Client;
beforeAll(async () => {
  server = await startServer();
  client = connect({ endpoints: [server.url], credentials: { username: 'tester', password: 'of the tests' } });
  await importHost(server, 'h', { labels: { rack: '1' }, name: 'one' });
  await client.clusters.create('c', {});
  await client.networks.create('n', { type: 'flannel_etcd', options: {} });
  await client.containerManagers.create('m', { type: 'openshift', options: { server_url: 'https://192.0.2.1' } });
  await client.budgets.put('b', { target: 'all', max_down: 1 });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Case {
  route: string;
  lines: (client: Client, patch: readonly PatchLine[]) => Promise<unknown>;
  /** What is there, where, and what is put there. */
  place: string;
  was: unknown;
  becomes: unknown;
  merge: (client: Client) => Promise<unknown>;
  /** After the lines, and after the merge. */
  after: [object, object];
}

const cases: Case[] = [
  {
    route: 'PATCH /api/v0/host/h',
    lines: ({ hosts }, patch) => hosts.change('h', patch),
    place: '/name',
    was: 'one',
    becomes: 'two',
    merge: ({ hosts }) => hosts.change('h', { name: 'three' }),
    after: [{ name: 'two' }, { name: 'three' }],
  },
  {
    route: 'PATCH /api/v0/host/h/labels',
    lines: ({ hosts }, patch) => hosts.changeLabels('h', patch),
    place: '/rack',
    was: '1',
    becomes: '2',
    merge: ({ hosts }) => hosts.changeLabels('h', { rack: null, role: 'db' }),
    after: [{ rack: '2' }, { role: 'db' }],
  },
  {
    route: 'PATCH /api/v0/cluster/c',
    lines: ({ clusters }, patch) => clusters.change('c', patch),
    place: '/network',
    was: 'default',
    becomes: 'n',
    merge: ({ clusters }) => clusters.change('c', { network: 'default' }),
    after: [{ network: 'n' }, { network: 'default' }],
  },
  {
    route: 'PATCH /api/v0/containermanager/m',
    lines: ({ containerManagers }, patch) => containerManagers.change('m', patch),
    place: '/options/server_url',
    was: 'https://192.0.2.1',
    becomes: 'https://192.0.2.2',
    merge: ({ containerManagers }) => containerManagers.change('m', { options: { insecure: true } }),
    after: [
      { options: { server_url: 'https://192.0.2.2' } },
      { options: { server_url: 'https://192.0.2.2', insecure: true } },
    ],
  },
  {
    route: 'PATCH /api/v0/budget/b',
    lines: ({ budgets }, patch) => budgets.change('b', patch),
    place: '/max_down',
    was: 1,
    becomes: '10%',
    merge: ({ budgets }) => budgets.change('b', { max_down: 3 }),
    after: [{ max_down: '10%' }, { max_down: 3 }],
  },
];

describe.each(cases)('$route', ({ route, lines, place, was, becomes, merge, after }) => {
  const patch: readonly PatchLine[] = [
    { op: 'test', path: place, value: was },
    { op: 'replace', path: place, value: becomes },
  ];

  test('does all lines, or names the one that does not fit and does none', async () => {
    expect(await lines(client, patch)).toMatchObject(after[0]);
    const before = server.dump();
    const late = lines(client, [
      { op: 'replace', path: place, value: was },
      { op: 'test', path: place, value: becomes },
    ]);
    await expect(late).rejects.toMatchObject({
      name: 'ProblemError',
      status: 409,
      code: 'patch_failed',
      members: { line: 1, op: 'test', path: place },
    });
    expect(server.dump()).toBe(before);
  });

  test('changes the members given', async () => {
    expect(await merge(client)).toMatchObject(after[1]);
  });

  test('says what the body is', async () => {
    using other = new TestServer({ [route]: json({}) });
    const alike = connect({ endpoints: [other.url] });
    await merge(alike);
    await lines(alike, patch);
    const types = other.received.map(({ headers }) => headers.get('content-type'));
    expect(types).toEqual(['application/merge-patch+json', 'application/json-patch+json']);
    expect(other.received[1]?.body).toEqual(patch);
  });
});

test('every route that takes a patch is among them', () => {
  const routes = Object.entries(declaredRoutes).filter(([, { patch }]) => patch !== undefined);
  const patterns = cases.map(({ route }) => route.replace(/(?<=\/)[a-z](?=\/|$)/g, ':x'));
  expect(patterns.toSorted()).toEqual(routes.map(([route]) => route.replace(/:[a-z]+/g, ':x')).toSorted());
});

test('lines that RFC 6902 does not know are none for the compiler', () => {
  // @ts-expect-error
  const lines: readonly PatchLine[] = [{ op: 'merge', path: '/rack', value: '1' }];
  // @ts-expect-error
  const call = () => client.hosts.changeLabels('h', [{ op: 'move', path: '/rack' }]);
  expect([lines, call]).toHaveLength(2);
});
