import { afterAll, beforeAll, expect, test } from 'vitest';
import { closedPort, startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ onAnswer: expectDocumented });
  await importHost(server, '192.0.2.9', { os: 'fedora', cpus: 4, labels: { rack: '1' } });
  await importHost(server, '192.0.2.10', { os: 'debian', cpus: 16, status: 'failed', labels: { rack: '2' } });
  await importHost(server, '192.0.2.100', { os: 'fedora', cpus: 8, status: 'failed' });
  await importHost(server, 'web1.example', { os: 'ubuntu', cpus: 8, facts: { kernel: '6.1' } });
  await makeCluster(server, 'a');
  for (const [name, hostset] of [
    ['b', ['192.0.2.9']],
    ['c', ['192.0.2.10', '192.0.2.100']],
    ['d', ['web1.example']],
  ] as const) {
    await server.request('PUT', `/api/v0/cluster/${name}?import=true`, {
      hostset,
      network: name === 'd' ? 'n1' : 'default',
    });
  }
  for (const [name, type] of [
    ['n1', 'flannel_server'],
    ['n2', 'flannel_etcd'],
  ] as const) {
    const options = type === 'flannel_server' ? { address: '192.0.2.1:8472' } : {};
    await server.request('PUT', `/api/v0/network/${name}`, { type, options });
  }
  for (const [name, type] of [
    ['m1', 'openshift'],
    ['m2', 'kubernetes'],
  ] as const) {
    const options = { server_url: `https://192.0.2.1/${name}`, token: name };
    await server.request('PUT', `/api/v0/containermanager/${name}`, { type, options });
  }
  for (const [name, target] of [
    ['b1', 'all'],
    ['b2', 'label:rack=1'],
  ] as const) {
    await server.request('PUT', `/api/v0/budget/${name}`, { target, max_down: 1 });
  }
  await server.request('PUT', '/api/v0/role/r1', { permissions: ['credentials:read'] });
  await server.request('PUT', '/api/v0/rolebinding/rb1', { role: 'r1', subjects: ['user:a', 'group:b'], max_hosts: 3 });
  await server.request('PUT', '/api/v0/rolebinding/rb2', { role: 'viewer', subjects: ['user:c'], clusters: ['web'] });
});
afterAll(() => server[Symbol.asyncDispose]());

const everyHost = ['192.0.2.10', '192.0.2.100', '192.0.2.9', 'web1.example'];

/** Path, what is in the answer (of records that have one, the address or the name), and how many there are of it. */
const cases: Array<[path: string, names: string[], total?: number]> = [
  ['hosts', everyHost],
  ['hosts?limit=2', ['192.0.2.10', '192.0.2.100'], 4],
  ['hosts?limit=2&offset=3', ['web1.example'], 4],
  ['hosts?offset=1', everyHost.slice(1), 4],
  ['hosts?offset=9', [], 4],
  ['hosts?limit=1&reverse=true', ['web1.example'], 4],
  ['hosts?reverse=true', everyHost.toReversed()],
  ['hosts?sort=address', ['192.0.2.9', '192.0.2.10', '192.0.2.100', 'web1.example']],
  ['hosts?sort=-cpus,address', ['192.0.2.10', '192.0.2.100', 'web1.example', '192.0.2.9']],
  ['hosts?sort=cpus&limit=2&offset=1', ['192.0.2.100', 'web1.example'], 4],
  ['hosts?sort=labels.rack', ['192.0.2.100', 'web1.example', '192.0.2.9', '192.0.2.10']],
  ['hosts?status=failed', ['192.0.2.10', '192.0.2.100']],
  ['hosts?status=failed&limit=1', ['192.0.2.10'], 2],
  ['hosts?status=failed&os=Ne(fedora)', ['192.0.2.10']],
  ['hosts?os=Ne(*or*)', ['192.0.2.10', 'web1.example']],
  ['hosts?os=In(debian,ubu*)', ['192.0.2.10', 'web1.example']],
  ['hosts?os=Eq(ubu*)', []],
  ['hosts?os=Eq(debian)', ['192.0.2.10']],
  ['hosts?os=', []],
  ['hosts?error=', everyHost],
  ['hosts?cpus=8', ['192.0.2.100', 'web1.example']],
  ['hosts?cpus=08', ['192.0.2.100', 'web1.example']],
  ['hosts?cpus=Gte(8)', ['192.0.2.10', '192.0.2.100', 'web1.example']],
  ['hosts?cpus=Gt(4)&cpus=Lt(16)', ['192.0.2.100', 'web1.example']],
  ['hosts?cpus=Between(4,8)', ['192.0.2.100', '192.0.2.9', 'web1.example']],
  ['hosts?cpus=Lte(4)', ['192.0.2.9']],
  ['hosts?address=Between(192.0.2.5,192.0.2.50)', ['192.0.2.10', '192.0.2.9']],
  ['hosts?address=web*', ['web1.example']],
  ['hosts?address=192.0.2.1?', ['192.0.2.10']],
  ['hosts?labels.rack=1', ['192.0.2.9']],
  ['hosts?labels.rack=Ne(1)', ['192.0.2.10', '192.0.2.100', 'web1.example']],
  ['hosts?labels.toString=Ne(1)', everyHost],
  ['hosts?facts.kernel=6.*', ['web1.example']],
  ['hosts?target=cluster:c&sort=-address', ['192.0.2.100', '192.0.2.10']],
  ['hosts?target=all&status=failed&limit=1', ['192.0.2.10'], 2],

  ['clusters', ['a', 'b', 'c', 'd']],
  ['clusters?limit=1&offset=1', ['b'], 4],
  ['clusters?status=failed', ['c']],
  ['clusters?hosts.total=Gt(1)', ['c']],
  ['clusters?sort=-hosts.total', ['c', 'b', 'd', 'a']],
  ['clusters?hostset=192.0.2.9', ['b']],
  ['clusters?hostset=Ne(192.0.2.9)&reverse=true', ['d', 'c', 'a']],
  ['clusters?network=n1', ['d']],
  ['clusters?container_manager=&name=In(a,b)', ['a', 'b']],
  ['clusters?details=true', ['a', 'b', 'c', 'd']],
  ['clusters?details=true&limit=1&offset=1', ['b'], 4],
  ['clusters?details=true&hostset=In(192.0.2.9,192.0.2.10)&sort=-hosts.total', ['c', 'b']],
  ['clusters?details=false', ['a', 'b', 'c', 'd']],

  ['networks', ['default', 'n1', 'n2']],
  ['networks?type=flannel_etcd', ['default', 'n2']],
  ['networks?type=Ne(flannel_etcd)', ['n1']],
  ['networks?options.address=192.*', ['n1']],
  ['networks?reverse=true&limit=2', ['n2', 'n1'], 3],

  ['containermanagers', ['m1', 'm2']],
  ['containermanagers?type=kubernetes', ['m2']],
  ['containermanagers?sort=type', ['m2', 'm1']],
  ['containermanagers?limit=1', ['m1'], 2],
  // What is secret cannot be found out by asking for it.
  ['containermanagers?options.token=m1', []],
  ['containermanagers?options.token=Eq(***)', ['m1', 'm2']],

  ['budgets', ['b1', 'b2']],
  ['budgets?hosts=Gt(1)', ['b1']],
  ['budgets?sort=-name&limit=1', ['b2'], 2],
  ['budgets?target=label:*', ['b2']],

  ['roles', ['admin', 'operator', 'r1', 'registrar', 'viewer']],
  ['roles?source=store', ['r1']],
  ['roles?permissions=credentials:read', ['admin', 'r1']],
  ['roles?sort=-name&limit=2', ['viewer', 'registrar'], 5],
  ['rolebindings', ['rb1', 'rb2']],
  ['rolebindings?subjects=user:a', ['rb1']],
  ['rolebindings?clusters=web', ['rb2']],
  ['rolebindings?max_hosts=Gt(2)', ['rb1']],
  ['rolebindings?role=viewer&source=configuration', []],
];

test.each(cases)('GET /api/v0/%s', async (path, names, total = names.length) => {
  const answer = await server.request('GET', `/api/v0/${path}`);
  expect(answer.status).toBe(200);
  const records = Array.isArray(answer.body) ? answer.body : [];
  expect(records.map((record) => record.address ?? record.name ?? record)).toEqual(names);
  expect(answer.headers.get('x-total-count')).toBe(String(total));
});

test('operations are listed newest first, and otherwise as asked', async () => {
  await using own = await startServer({ onAnswer: expectDocumented });
  await makeCluster(own, 'a');
  await importHost(own, '127.66.0.1', { port: closedPort });
  await own.request('PUT', '/api/v0/cluster/b?import=true', { hostset: ['127.66.0.1'] });
  for (const path of ['a/restart', 'b/restart', 'a/upgrade']) {
    const { status, headers } = await own.request('PUT', `/api/v0/cluster/${path}`);
    expect(status).toBe(201);
    const ended = async () =>
      !/"finished_at":"","counts"/.test((await own.request('GET', headers.get('location') ?? '')).text);
    await until(ended);
  }
  const asked: Array<[query: string, shown: string[], total: number]> = [
    ['', ['upgrade a', 'restart b', 'restart a'], 3],
    ['?reverse=true', ['restart a', 'restart b', 'upgrade a'], 3],
    ['?limit=1&offset=1', ['restart b'], 3],
    ['?cluster=a', ['upgrade a', 'restart a'], 2],
    ['?cluster=a&limit=1', ['upgrade a'], 2],
    ['?cluster=Ne(a)', ['restart b'], 1],
    ['?kind=restart&reverse=true', ['restart a', 'restart b'], 2],
    ['?sort=cluster', ['upgrade a', 'restart a', 'restart b'], 3],
    ['?sort=cluster,kind', ['restart a', 'upgrade a', 'restart b'], 3],
    ['?status=failed', ['restart b'], 1],
    ['?counts.failed=Gt(0)', ['restart b'], 1],
  ];
  for (const [query, shown, total] of asked) {
    const { body, headers } = await own.request('GET', `/api/v0/operations${query}`);
    const found = Array.isArray(body) ? body.map(({ kind, cluster }) => `${kind} ${cluster}`) : body;
    expect({ query, found, total: headers.get('x-total-count') }).toEqual({
      query,
      found: shown,
      total: String(total),
    });
  }
});

const collections = [
  'hosts',
  'clusters',
  'networks',
  'containermanagers',
  'operations',
  'budgets',
  'roles',
  'rolebindings',
];
const wrong = [
  'limit=0',
  'limit=-1',
  'limit=x',
  'limit=1&limit=2',
  'offset=-1',
  'offset=1.5',
  'reverse=yes',
  'sort=',
  'sort=colour',
  'sort=labels',
  'colour=red',
  'toString=1',
  '__proto__.x=1',
  'labels=1',
  '=1',
];

test.each(collections.flatMap((list) => wrong.map((query) => [list, query] as const)))(
  'GET /api/v0/%s?%s is refused',
  async (list, query) => {
    expectProblem(await server.request('GET', `/api/v0/${list}?${query}`), 'invalid_member');
  },
);

test.each([
  'hosts?cpus=many',
  'hosts?cpus=*',
  'hosts?cpus=Gt()',
  'hosts?cpus=Between(1)',
  'hosts?cpus=Between(1,2,3)',
  'hosts?cpus=In(1,x)',
  'hosts?status=Like(x)',
  'hosts?address=a b',
  'hosts?address=Gt(192.0.2.*)',
  'hosts?labels.=1',
])('GET /api/v0/%s is refused', async (path) => {
  expectProblem(await server.request('GET', `/api/v0/${path}`), 'invalid_member');
});

test.each([
  ['hosts?status=faild', 'status: there is no status "faild"', 'did you mean "failed"?'],
  ['hosts?status=Ne(actve)', 'status: there is no status "actve"', 'did you mean "active"?'],
  ['hosts?statsu=failed', 'statsu is not a parameter of this list', 'did you mean "status"?'],
  ['hosts?sort=-memry', 'sort: "memry" is not a member of these records', 'did you mean "memory"?'],
  ['hosts?target=status:faild', expect.stringContaining('there is no status "faild", did you mean "failed"?'), null],
  ['clusters?status=Eq(degradet)', 'status: there is no status "degradet"', 'did you mean "degraded"?'],
  ['operations?status=In(failed,canceled)', 'status: there is no status "canceled"', 'did you mean "cancelled"?'],
  ['operations?kind=upgrad', 'kind: there is no kind "upgrad"', 'did you mean "upgrade"?'],
  ['tokens?kind=sesion', 'kind: there is no kind "sesion"', 'did you mean "session"?'],
  ['roles?permissions=host:raed', 'permissions: there is no permissions "host:raed"', 'did you mean "host:read"?'],
  ['networks?type=flanel_etcd', 'type: there is no type "flanel_etcd"', 'did you mean "flannel_etcd"?'],
  ['audit?result=refuse', 'result: there is no result "refuse"', 'did you mean "refused"?'],
  ['events?follow=false&filter=hots', 'filter: no event has the type "hots"', 'did you mean "host"?'],
])('GET /api/v0/%s names the nearest', async (path, detail, hint) => {
  const { status, body } = await server.request('GET', `/api/v0/${path}`);
  expect([status, body]).toMatchObject([400, { detail, ...(hint === null ? {} : { hint }) }]);
});

test.each(['hosts?status=fail*', 'hosts?status=Ne(failed)', 'hosts?status=Gte(x)', 'hosts?status=', 'hosts?os=fedra'])(
  'GET /api/v0/%s is no slip',
  async (path) => {
    expect((await server.request('GET', `/api/v0/${path}`)).status).toBe(200);
  },
);

test('a refusal says what is known', async () => {
  const { body } = await server.request('GET', '/api/v0/networks?colour=red');
  const hint = 'use one of limit, offset, sort, reverse, name, type, options.*';
  expect(body).toMatchObject({ detail: 'colour is not a parameter of this list', member: 'colour', hint });
  expect((await server.request('GET', '/api/v0/budgets?sort=colour')).body).toMatchObject({
    detail: 'sort: "colour" is not a member of these records',
    member: 'sort',
    hint: 'use one of name, target, max_down, hosts, allowed',
  });
});

test('HEAD says how many there are, without them', async () => {
  const { text, headers } = await server.request('HEAD', '/api/v0/hosts?status=failed');
  expect([text, headers.get('x-total-count')]).toEqual(['', '2']);
});

test('the hosts of an operation are listed as others are, and without parameters they are all there', async () => {
  const targets = everyHost.slice(0, 3);
  // It waits, and nothing of it changes.
  const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(new Date().getUTCDay() + 3) % 7];
  const begun = await server.request('POST', '/api/v0/operations', {
    kind: 'facts',
    target: 'host:192.0.2.9 | host:192.0.2.10 | host:192.0.2.100',
    strategy: { window: { days: [day], from: '00:00', to: '00:01', time_zone: 'UTC' } },
  });
  const path = `/api/v0/operation/${Object(begun.body).id}`;
  try {
    await until(async () => Object((await server.request('GET', path)).body).status === 'waiting');
    const whole = await server.request('GET', path);
    expect(whole.headers.get('x-total-count')).toBe('3');
    const all: Array<{ address: string }> = Object(whole.body).results;
    expect(all.map(({ address }) => address).toSorted()).toEqual(targets.toSorted());
    const page = await server.request('GET', `${path}?sort=-address&limit=2&offset=1&state=pending`);
    expect(page.headers.get('x-total-count')).toBe('3');
    expect(page.body).toEqual({
      ...(whole.body as object),
      results: ['192.0.2.10', '192.0.2.9'].map((address) => all.find((host) => host.address === address)),
    });
    const none = await server.request('GET', `${path}?state=failed`);
    expect([none.headers.get('x-total-count'), Object(none.body).results]).toEqual(['0', []]);
    expectProblem(await server.request('GET', `${path}?colour=red`), 'invalid_member');
    const known = await server.request('GET', `${path}?limit=1`, undefined, {
      headers: { 'if-none-match': (await server.request('GET', `${path}?limit=1`)).headers.get('etag') ?? '' },
    });
    expect(known.status).toBe(304);
  } finally {
    await server.request('POST', `${path}/cancel`, {});
  }
});
