import { expect, test } from 'vitest';
import { routeRules } from '../../src/api/permissions.ts';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { closedPort, startServer } from '../support/server.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

const hostKeys = 'address status os cpus memory space last_check source error facts';
const operationKeys =
  'id kind parameters cluster strategy requested_by status reason started_at finished_at counts results';
const fingerprint = `SHA256:${'A'.repeat(43)}`;

interface Shape {
  route: string;
  /** Instead of the route's path. */
  path?: string;
  body?: object;
  status: number;
  /** The members of an object in their order, or a whole array. */
  answer: string | unknown[];
}

/** In the order they are asked: what the later ones read, the earlier ones made. */
const shapes: Shape[] = [
  { route: 'GET /livez', status: 200, answer: 'status' },
  { route: 'GET /readyz', status: 200, answer: 'status' },
  { route: 'GET /version', status: 200, answer: 'name version' },
  { route: 'GET /api/v0/status', status: 200, answer: 'etcd investigator watcher version operations' },

  { route: 'GET /api/v0/clusters', status: 200, answer: [] },
  { route: 'PUT /api/v0/cluster/:name', status: 201, answer: 'name status network container_manager' },
  { route: 'GET /api/v0/clusters', status: 200, answer: ['c1'] },
  { route: 'GET /api/v0/cluster/:name', status: 200, answer: 'name status network hostset container_manager hosts' },
  { route: 'GET /api/v0/cluster/:name/hosts', status: 200, answer: [] },
  {
    route: 'PUT /api/v0/cluster/:name/hosts',
    body: { old: [], new: [] },
    status: 200,
    answer: 'name status network hostset container_manager',
  },

  { route: 'GET /api/v0/hosts', status: 200, answer: [] },
  { route: 'PUT /api/v0/host', body: { address: '127.66.0.2', port: closedPort }, status: 201, answer: hostKeys },
  {
    route: 'PUT /api/v0/host/:address',
    path: '/api/v0/host/127.66.0.1?import=true',
    body: { status: 'active' },
    status: 201,
    answer: hostKeys,
  },
  { route: 'GET /api/v0/host/:address', status: 200, answer: hostKeys },
  { route: 'GET /api/v0/host/:address/status', status: 200, answer: 'type host container_manager' },
  {
    route: 'PUT /api/v0/host/:address/creds',
    body: { port: closedPort },
    status: 201,
    answer: 'address remote_user port',
  },
  { route: 'GET /api/v0/host/:address/creds', status: 200, answer: 'address ssh_priv_key remote_user port' },
  {
    route: 'PUT /api/v0/host/:address/hostkey',
    body: { fingerprint },
    status: 201,
    answer: 'address fingerprint algorithm source pinned_at',
  },
  { route: 'GET /api/v0/host/:address/hostkey', status: 200, answer: 'address fingerprint algorithm source pinned_at' },

  { route: 'PUT /api/v0/cluster/:name/hosts/:address', status: 200, answer: ['127.66.0.1'] },
  { route: 'GET /api/v0/cluster/:name/hosts/:address', status: 200, answer: ['127.66.0.1'] },
  { route: 'GET /api/v0/cluster/:name/hosts', status: 200, answer: ['127.66.0.1'] },
  { route: 'DELETE /api/v0/cluster/:name/hosts/:address', status: 200, answer: [] },

  {
    route: 'PUT /api/v0/cluster/:name/restart',
    status: 201,
    answer: 'name status restarted in_process started_at finished_at',
  },
  {
    route: 'GET /api/v0/cluster/:name/restart',
    status: 200,
    answer: 'name status restarted in_process started_at finished_at',
  },
  {
    route: 'PUT /api/v0/cluster/:name/upgrade',
    path: '/api/v0/cluster/c2/upgrade',
    status: 201,
    answer: 'name status upgraded in_process started_at finished_at',
  },
  {
    route: 'GET /api/v0/cluster/:name/upgrade',
    path: '/api/v0/cluster/c2/upgrade',
    status: 200,
    answer: 'name status upgraded in_process started_at finished_at',
  },
  {
    route: 'PUT /api/v0/cluster/:name/deploy',
    path: '/api/v0/cluster/c3/deploy',
    body: { version: '7' },
    status: 201,
    answer: 'name status version deployed in_process started_at finished_at',
  },
  {
    route: 'GET /api/v0/cluster/:name/deploy',
    path: '/api/v0/cluster/c3/deploy',
    status: 200,
    answer: 'name status version deployed in_process started_at finished_at',
  },

  { route: 'DELETE /api/v0/host/:address', status: 200, answer: [] },
  { route: 'DELETE /api/v0/cluster/:name', status: 200, answer: [] },
];

const operationRoutes = ['GET /api/v0/operations', 'GET /api/v0/operation/:id', 'GET /api/v0/operation/:id/log'];

test('there is a shape for every route', () => {
  const shown = new Set([...shapes.map(({ route }) => route), ...operationRoutes]);
  expect([...shown].toSorted()).toEqual(routeRules.map(({ method, path }) => `${method} ${path}`).toSorted());
});

test('every route answers with the members of the contract, in their order', async () => {
  await using server = await startServer();
  await makeCluster(server, 'c2');
  await makeCluster(server, 'c3');
  await server.request('DELETE', '/api/v0/cluster/c2');
  await server.request('DELETE', '/api/v0/cluster/c3');
  for (const { route, path, body, status, answer } of shapes) {
    const [method = '', pattern = ''] = route.split(' ');
    for (const name of ['c2', 'c3']) if (path?.includes(`/${name}/`)) await makeCluster(server, name);
    const target = path ?? pattern.replace(':name', 'c1').replace(':address', '127.66.0.1');
    const got = await server.request(method, target, body);
    expect({ route, status: got.status }).toEqual({ route, status });
    expect(got.headers.get('content-type')).toMatch(/^application\/json\b/);
    if (typeof answer === 'string') expect({ route, members: members(got.body) }).toEqual({ route, members: answer });
    else expect({ route, body: got.body }).toEqual({ route, body: answer });
  }
});

test('an operation is found by the id that its start names, also in the list, and has a log per host', async () => {
  await using server = await startServer();
  await importHost(server, '127.66.0.1', { port: closedPort });
  await makeCluster(server, 'c1', '127.66.0.1');
  const { headers, body } = await server.request('PUT', '/api/v0/cluster/c1/restart');
  expect(body).toMatchObject({ name: 'c1', status: 'in_process', restarted: [], finished_at: '' });
  const location = headers.get('location') ?? '';
  expect(location).toMatch(/^\/api\/v0\/operation\/[0-9a-f-]{36}$/);
  expect((await server.request('GET', '/api/v0/cluster/c1/restart')).headers.get('location')).toBe(location);

  const shown = await server.request('GET', location);
  expect(members(shown.body)).toBe(operationKeys);
  const list = await server.request('GET', '/api/v0/operations?cluster=c1&limit=1');
  expect(list.body).toMatchObject([{ id: location.split('/').at(-1), cluster: 'c1', kind: 'restart' }]);
  expect((await server.request('GET', '/api/v0/operations?cluster=other')).body).toEqual([]);

  const log = await server.request('GET', `${location}/log?host=127.66.0.1&offset=0`);
  expect([log.status, log.text, log.headers.get('content-type')]).toEqual([200, '', 'text/plain; charset=utf-8']);
  expect(log.headers.get('x-next-offset')).toBe('0');
  expectProblem(await server.request('GET', `${location}/log?host=127.66.0.2`), 'host_not_found');
});

const id = '00000000-0000-7000-8000-000000000000';
const absent: Array<[route: string, path: string, code: ProblemCode, body?: object]> = [
  ['GET /api/v0/host/:address', '/api/v0/host/127.66.9.9', 'host_not_found'],
  ['DELETE /api/v0/host/:address', '/api/v0/host/127.66.9.9', 'host_not_found'],
  ['GET /api/v0/host/:address/status', '/api/v0/host/127.66.9.9/status', 'host_not_found'],
  ['GET /api/v0/host/:address/creds', '/api/v0/host/127.66.9.9/creds', 'credentials_not_found'],
  ['PUT /api/v0/host/:address/creds', '/api/v0/host/127.66.9.9/creds', 'host_not_found'],
  ['GET /api/v0/host/:address/hostkey', '/api/v0/host/127.66.9.9/hostkey', 'host_not_found'],
  ['GET /api/v0/host/:address/hostkey', '/api/v0/host/127.66.0.1/hostkey', 'host_key_not_found'],
  ['PUT /api/v0/host/:address/hostkey', '/api/v0/host/127.66.9.9/hostkey', 'host_not_found', { fingerprint }],
  ['PUT /api/v0/host/:address', '/api/v0/host/127.66.9.9', 'cluster_unknown', { cluster: 'no' }],
  ['PUT /api/v0/host', '/api/v0/host', 'cluster_unknown', { cluster: 'no' }],
  ['GET /api/v0/cluster/:name', '/api/v0/cluster/no', 'cluster_not_found'],
  ['DELETE /api/v0/cluster/:name', '/api/v0/cluster/no', 'cluster_not_found'],
  ['GET /api/v0/cluster/:name/hosts', '/api/v0/cluster/no/hosts', 'cluster_not_found'],
  ['PUT /api/v0/cluster/:name/hosts', '/api/v0/cluster/no/hosts', 'cluster_not_found', { old: [], new: [] }],
  ['PUT /api/v0/cluster/:name/hosts', '/api/v0/cluster/c1/hosts', 'host_not_found', { old: [], new: ['127.66.9.9'] }],
  ['GET /api/v0/cluster/:name/hosts/:address', '/api/v0/cluster/no/hosts/127.66.0.1', 'cluster_not_found'],
  ['GET /api/v0/cluster/:name/hosts/:address', '/api/v0/cluster/c1/hosts/127.66.0.1', 'not_a_member'],
  ['PUT /api/v0/cluster/:name/hosts/:address', '/api/v0/cluster/no/hosts/127.66.0.1', 'cluster_not_found'],
  ['PUT /api/v0/cluster/:name/hosts/:address', '/api/v0/cluster/c1/hosts/127.66.9.9', 'host_not_found'],
  ['DELETE /api/v0/cluster/:name/hosts/:address', '/api/v0/cluster/no/hosts/127.66.0.1', 'cluster_not_found'],
  ...(['restart', 'upgrade', 'deploy'] as const).flatMap((kind): typeof absent => [
    [`GET /api/v0/cluster/:name/${kind}`, `/api/v0/cluster/c1/${kind}`, 'operation_not_found'],
    [`GET /api/v0/cluster/:name/${kind}`, `/api/v0/cluster/no/${kind}`, 'operation_not_found'],
    [`PUT /api/v0/cluster/:name/${kind}`, `/api/v0/cluster/no/${kind}`, 'cluster_not_found', { version: '1' }],
  ]),
  ['GET /api/v0/operation/:id', `/api/v0/operation/${id}`, 'operation_not_found'],
  ['GET /api/v0/operation/:id/log', `/api/v0/operation/${id}/log?host=127.66.0.1`, 'operation_not_found'],
];

test('there is a case of something absent for every route that names something', () => {
  const named = routeRules.filter(({ path }) => path.includes(':')).map(({ method, path }) => `${method} ${path}`);
  // Putting a cluster makes it.
  const covered = new Set([...absent.map(([route]) => route), 'PUT /api/v0/cluster/:name', 'PUT /api/v0/host']);
  expect(named.filter((route) => !covered.has(route))).toEqual([]);
});

test('what is absent is said to be, and nothing comes of asking', async () => {
  await using server = await startServer();
  await importHost(server, '127.66.0.1');
  await makeCluster(server, 'c1');
  const before = server.dump();
  for (const [route, path, code, body] of absent) {
    const [method = ''] = route.split(' ');
    expectProblem(await server.request(method, path, body), code);
    expect({ path, stored: server.dump() }).toEqual({ path, stored: before });
  }
});

function members(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.keys(value).join(' ') : String(value);
}
