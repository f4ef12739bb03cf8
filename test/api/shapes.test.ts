import { expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { closedPort, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

const hostKeys = 'address status os cpus memory space last_check source error facts labels';
const operationKeys =
  'id number kind parameters cluster target strategy requested_by automatic status outcome cancelling waiting_for reason started_at finished_at counts handshake_window results';
const tokenKeys = 'id kind owner method note grants lineage created_at expires_at ends_at revoked_at registration';
const planKeys =
  'kind target hosts reboots batches splits at_once down_at_once max_failures max_unreachable on_failure gates window budgets obstacles';
const budgetKeys = 'name target max_down hosts allowed down';
const operationCommands = ['pause', 'resume', 'promote', 'skip', 'cancel', 'retry', 'rerun'] as const;
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
  { route: 'GET /openapi.json', status: 200, answer: 'openapi info servers security tags paths components' },
  { route: 'GET /api/v0/status', status: 200, answer: 'etcd investigator watcher version operations' },
  {
    route: 'GET /api/v0/server',
    status: 200,
    answer:
      'name version runtime platform api_versions started_at uptime_seconds features counts limits data_directory configuration_file',
  },
  { route: 'GET /api/v0/server/checks', status: 200, answer: 'ready version checks' },
  { route: 'GET /api/v0/logs', status: 200, answer: [] },

  { route: 'GET /api/v0/tokens', status: 200, answer: [] },
  { route: 'POST /api/v0/tokens', body: {}, status: 201, answer: `${tokenKeys} token expires_in` },
  { route: 'DELETE /api/v0/tokens', path: '/api/v0/tokens?owner=tester', status: 200, answer: 'owner revoked' },
  { route: 'POST /api/v0/token-keys/rotate', body: {}, status: 200, answer: 'key retired' },

  { route: 'GET /api/v0/clusters', status: 200, answer: [] },
  { route: 'PUT /api/v0/cluster/:name', status: 201, answer: 'name status network container_manager' },
  {
    route: 'PATCH /api/v0/cluster/:name',
    body: { network: 'default' },
    status: 200,
    answer: 'name status network container_manager',
  },
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
  { route: 'PATCH /api/v0/host/:address', body: { name: 'web1' }, status: 200, answer: `${hostKeys} name` },
  { route: 'PATCH /api/v0/host/:address', body: { name: null }, status: 200, answer: hostKeys },
  { route: 'POST /api/v0/host/:address/check', status: 200, answer: 'result differs' },
  { route: 'GET /api/v0/host/:address/labels', status: 200, answer: '' },
  { route: 'PUT /api/v0/host/:address/labels', body: { role: 'db', a: '' }, status: 200, answer: 'a role' },
  { route: 'PATCH /api/v0/host/:address/labels', body: { a: null, z: '1', b: '' }, status: 200, answer: 'b role z' },
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
    answer: 'address fingerprint algorithm public_key source pinned_at',
  },
  {
    route: 'GET /api/v0/host/:address/hostkey',
    status: 200,
    answer: 'address fingerprint algorithm public_key source pinned_at',
  },

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

  { route: 'GET /api/v0/networks', status: 200, answer: ['default'] },
  {
    route: 'PUT /api/v0/network/:name',
    body: { type: 'flannel_server', options: { address: '192.0.2.1:8472' } },
    status: 201,
    answer: 'name type options',
  },
  { route: 'GET /api/v0/network/:name', status: 200, answer: 'name type options' },
  { route: 'DELETE /api/v0/network/:name', status: 200, answer: [] },
  { route: 'GET /api/v0/containermanagers', status: 200, answer: [] },
  {
    route: 'PUT /api/v0/containermanager/:name',
    body: { options: { server_url: 'https://192.0.2.1' } },
    status: 201,
    answer: 'name type options',
  },
  { route: 'GET /api/v0/containermanager/:name', status: 200, answer: 'name type options' },
  {
    route: 'PATCH /api/v0/containermanager/:name',
    body: { type: 'kubernetes' },
    status: 200,
    answer: 'name type options',
  },
  { route: 'DELETE /api/v0/containermanager/:name', status: 200, answer: [] },

  {
    route: 'PUT /api/v0/budget/:name',
    body: { target: 'label:role=web', max_down: '10%' },
    status: 201,
    answer: budgetKeys,
  },
  { route: 'PATCH /api/v0/budget/:name', body: { max_down: '10%' }, status: 200, answer: budgetKeys },
  { route: 'GET /api/v0/budget/:name', status: 200, answer: budgetKeys },
  {
    route: 'GET /api/v0/budgets',
    status: 200,
    answer: [{ name: 'c1', target: 'label:role=web', max_down: '10%', hosts: 0, allowed: 1, down: [] }],
  },
  { route: 'DELETE /api/v0/budget/:name', status: 200, answer: [] },

  { route: 'GET /api/v0/whoami', status: 200, answer: 'name method subjects roles' },
  {
    route: 'PUT /api/v0/role/:name',
    body: { permissions: ['host:read', 'host:read'] },
    status: 201,
    answer: 'name permissions source',
  },
  { route: 'GET /api/v0/role/:name', status: 200, answer: 'name permissions source' },
  {
    route: 'GET /api/v0/roles',
    path: '/api/v0/roles?source=store',
    status: 200,
    answer: [{ name: 'c1', permissions: ['host:read'], source: 'store' }],
  },
  {
    route: 'PUT /api/v0/rolebinding/:name',
    body: { role: 'c1', subjects: ['user:a'], clusters: ['web*'], max_hosts: 1, max_percent: 50 },
    status: 201,
    answer: 'name role subjects clusters max_hosts max_percent source',
  },
  {
    route: 'GET /api/v0/rolebinding/:name',
    status: 200,
    answer: 'name role subjects clusters max_hosts max_percent source',
  },
  {
    route: 'PUT /api/v0/rolebinding/:name',
    body: { role: 'c1', subjects: ['user:a'] },
    status: 201,
    answer: 'name role subjects source',
  },
  {
    route: 'GET /api/v0/rolebindings',
    status: 200,
    answer: [{ name: 'c1', role: 'c1', subjects: ['user:a'], source: 'store' }],
  },
  { route: 'DELETE /api/v0/rolebinding/:name', status: 200, answer: [] },
  { route: 'DELETE /api/v0/role/:name', status: 200, answer: [] },

  { route: 'POST /api/v0/secrets/:secret', path: '/api/v0/secrets/box/', status: 201, answer: 'name' },
  {
    route: 'PUT /api/v0/secrets/:secret',
    path: '/api/v0/secrets/key',
    body: { type: 'simple', value: 'x' },
    status: 201,
    answer: 'name',
  },
  { route: 'GET /api/v0/secrets/:secret', path: '/api/v0/secrets/key', status: 200, answer: 'type value' },
  { route: 'POST /api/v0/secret-keys/rotate', body: {}, status: 200, answer: 'key records' },
  { route: 'PUT /api/v0/secret-keys/passphrase', body: { next: null }, status: 200, answer: 'protected' },
  { route: 'GET /api/v0/audit', path: '/api/v0/audit?result=unknown', status: 200, answer: [] },
  {
    route: 'POST /api/v0/events',
    body: { type: 'user_release' },
    status: 201,
    answer: 'sequence at type action key data',
  },
  { route: 'GET /api/v0/events', path: '/api/v0/events?follow=false&filter=user_none', status: 200, answer: [] },
  { route: 'GET /api/v0/hooks/dead-letters', status: 200, answer: [] },
  { route: 'DELETE /api/v0/hooks/dead-letters', status: 200, answer: [] },

  { route: 'GET /api/v0/backups', status: 200, answer: [] },
  {
    route: 'GET /api/v0/backup-schedule',
    status: 200,
    answer: 'schedule next_at directory made made_at failed_at reason failures targets',
  },

  { route: 'DELETE /api/v0/host/:address', status: 200, answer: [] },
  { route: 'DELETE /api/v0/cluster/:name', status: 200, answer: [] },
];

const pages: Array<[path: string, type: string, begins: RegExp]> = [
  ['/docs', 'text/html; charset=utf-8', /^<!doctype html>/],
  ['/docs/viewer.js', 'text/javascript; charset=utf-8', /^SwaggerUIBundle\(/],
  ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8', /SwaggerUIBundle/],
  ['/docs/swagger-ui.css', 'text/css; charset=utf-8', /\.swagger-ui/],
];

const operationRoutes = [
  'GET /api/v0/operations',
  'GET /api/v0/operation/:id',
  'GET /api/v0/operation/:id/log',
  'POST /api/v0/operations',
  'GET /api/v0/operation/:id/plan',
  'GET /api/v0/operation/:id/folded',
  'GET /api/v0/operation/:id/journal',
  ...operationCommands.map((command) => `POST /api/v0/operation/:id/${command}`),
];

/** The server names the backups, so that the tests of backups tell of these. */
const backupRoutes = [
  'POST /api/v0/backups',
  'POST /api/v0/backups/stream',
  'GET /api/v0/backup/:backup',
  'GET /api/v0/backup/:backup/content',
  'DELETE /api/v0/backup/:backup',
];

/** Of the token that the request comes with. */
const tokenShapes: [route: string, answer: string | unknown[]][] = [
  ['GET /api/v0/tokens/current', tokenKeys],
  ['GET /api/v0/token/:token', tokenKeys],
  ['POST /api/v0/tokens/current/renew', `${tokenKeys} token expires_in`],
  ['DELETE /api/v0/token/:token', []],
  ['DELETE /api/v0/tokens/current', []],
];

test.each(tokenShapes)('%s answers with the members of the contract, in their order', async (route, answer) => {
  await using server = await startServer({ onAnswer: expectDocumented });
  const { body } = await server.request('POST', '/api/v0/tokens', {});
  const { id, token } = body as { id: string; token: string };
  const [method = '', pattern = ''] = route.split(' ');
  const options = { headers: { authorization: `Bearer ${token}` } };
  const sent = method === 'POST' ? {} : undefined;
  const got = await server.request(method, pattern.replace(':token', id), sent, options);
  expect(got.status).toBe(200);
  expect(typeof answer === 'string' ? members(got.body) : got.body).toEqual(answer);
});

test('there is a shape for every route', () => {
  const shown = new Set([
    ...shapes.map(({ route }) => route),
    ...pages.map(([path]) => `GET ${path}`),
    ...operationRoutes,
    // Answered without a body, of which the tests of secrets tell.
    'DELETE /api/v0/secrets/:secret',
    ...backupRoutes,
    ...tokenShapes.map(([route]) => route),
    // No JSON: test/e2e/telemetry has what it is.
    'GET /metrics',
    // The manual has tests of its own.
    'GET /manual',
    'GET /manual/:page',
  ]);
  expect([...shown].toSorted()).toEqual(routeRules.map(({ method, path }) => `${method} ${path}`).toSorted());
});

test('every route answers with the members of the contract, in their order', async () => {
  await using server = await startServer({ onAnswer: expectDocumented });
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

test.each(pages)('%s is a part of the viewer, and asks nothing of any other server', async (path, type, begins) => {
  await using server = await startServer({ onAnswer: expectDocumented });
  const answer = await server.request('GET', path);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
  expect(answer.text).toMatch(begins);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
  expect(policy).not.toMatch(/unsafe|http|\*/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});

test('the page names no other server, and only parts that are there', async () => {
  await using server = await startServer();
  const { text } = await server.request('GET', '/docs');
  const named = Array.from(text.matchAll(/(?:src|href)="([^"]*)"/g), ([, url = '']) => url);
  expect(named.map((url) => url.replace(/\?v=.*$/, '')).toSorted()).toEqual(
    ['data:,', ...pages.map(([path]) => path).filter((path) => path !== '/docs')].toSorted(),
  );
  const { text: script } = await server.request('GET', '/docs/viewer.js');
  for (const part of [text, script]) expect(part).not.toMatch(/\/\//);
});

test('an operation is found by the id that its start names, also in the list, and has a log per host', async () => {
  await using server = await startServer({ onAnswer: expectDocumented });
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

test('an operation is planned, begun, commanded and begun anew', async () => {
  await using server = await startServer({ onAnswer: expectDocumented });
  const addresses = ['127.66.0.1', '127.66.0.2'];
  for (const address of addresses) await importHost(server, address, { port: closedPort });
  // Three days from now, so that it waits all through the test.
  const days = [new Date(Date.now() + 3 * 86_400_000).toUTCString().slice(0, 3).toLowerCase()];
  const strategy = { batch: 2, window: { days, from: '12:00', to: '12:01', time_zone: 'UTC' } };
  const body = { kind: 'restart', target: `host:${addresses.join(',')}`, strategy };

  const plan = await server.request('POST', '/api/v0/operations?plan=true', body);
  expect([plan.status, members(plan.body)]).toEqual([200, planKeys]);
  expect(plan.body).toMatchObject({ hosts: 2, batches: [addresses], window: { open: false }, obstacles: [] });
  expect((await server.request('GET', '/api/v0/operations')).body).toEqual([]);

  const begun = await server.request('POST', '/api/v0/operations', body);
  expect([begun.status, members(begun.body)]).toEqual([201, operationKeys]);
  expect(begun.body).toMatchObject({ target: body.target, cluster: '', strategy, counts: { pending: 2 } });
  const location = begun.headers.get('location') ?? '';
  const same = await server.request('POST', '/api/v0/operations', body);
  expect([same.status, same.headers.get('location')]).toEqual([200, location]);
  expectProblem(await server.request('POST', '/api/v0/operations', { ...body, kind: 'upgrade' }), 'operation_running');
  expect((await server.request('GET', `${location}/plan`)).body).toMatchObject({ batches: [addresses], obstacles: [] });
  // No host has printed anything.
  expect((await server.request('GET', `${location}/folded`)).status).toBe(200);
  expectProblem(await server.request('POST', `${location}/retry`), 'operation_running');

  const command = (name: string, asked: object = {}) => server.request('POST', `${location}/${name}`, asked);
  for (const name of ['pause', 'resume', 'promote']) {
    const answer = await command(name);
    expect([name, answer.status, members(answer.body)]).toEqual([name, 200, operationKeys.replace(/ results$/, '')]);
  }
  expect((await command('pause')).body).toMatchObject({ status: 'paused' });
  expect((await command('skip', { host: addresses[0] })).body).toMatchObject({ counts: { pending: 1, skipped: 1 } });
  expectProblem(await command('skip', { host: addresses[0] }), 'host_taken');
  expectProblem(await command('skip', { host: '127.66.0.3' }), 'host_not_found');
  expect((await command('cancel')).status).toBe(200);
  const ended = async (path: string) => {
    await until(async () => /"finished_at":"2[^"]*","counts"/.test((await server.request('GET', path)).text));
  };
  await ended(location);
  for (const name of ['pause', 'resume', 'promote', 'cancel']) expectProblem(await command(name), 'operation_ended');
  const journal = (await server.request('GET', `${location}/journal`)).body;
  const said = Array.isArray(journal) ? journal : [];
  expect(said[0]).toEqual({ sequence: 0, at: expect.any(String), type: 'operation_started' });
  // Who has commanded what: no more is known of it anywhere else.
  for (const type of ['paused', 'resumed', 'promoted', 'cancel_requested']) {
    expect(said.find((entry) => entry.type === type)).toMatchObject({ type, by: 'tester' });
  }
  expect(said.at(-1)).toMatchObject({ type: 'operation_ended', status: 'cancelled', handshake_window: null });
  const tail = await server.request('GET', `${location}/journal?after=${said.at(-2)?.sequence}&limit=5`);
  expect(tail.body).toEqual([said.at(-1)]);

  for (const [name, count] of [
    ['retry', 1],
    ['rerun', 2],
  ] as const) {
    const again = await command(name);
    expect([again.status, members(again.body)]).toEqual([201, operationKeys]);
    expect(again.body).toMatchObject({ counts: { pending: count } });
    const path = again.headers.get('location') ?? '';
    expect((await server.request('POST', `${path}/cancel`, { now: true })).status).toBe(200);
    await ended(path);
  }
});

const id = '00000000-0000-7000-8000-000000000000';
const absent: Array<[route: string, path: string, code: ProblemCode, body?: object]> = [
  ['GET /api/v0/host/:address', '/api/v0/host/127.66.9.9', 'host_not_found'],
  ['DELETE /api/v0/host/:address', '/api/v0/host/127.66.9.9', 'host_not_found'],
  ['PATCH /api/v0/host/:address', '/api/v0/host/127.66.9.9', 'host_not_found', { name: 'web1' }],
  ['POST /api/v0/host/:address/check', '/api/v0/host/127.66.9.9/check', 'cluster_unknown', { cluster: 'no' }],
  ['GET /api/v0/host/:address/status', '/api/v0/host/127.66.9.9/status', 'host_not_found'],
  ['GET /api/v0/host/:address/labels', '/api/v0/host/127.66.9.9/labels', 'host_not_found'],
  ['PUT /api/v0/host/:address/labels', '/api/v0/host/127.66.9.9/labels', 'host_not_found', { a: 'b' }],
  ['PATCH /api/v0/host/:address/labels', '/api/v0/host/127.66.9.9/labels', 'host_not_found', { a: null }],
  ['GET /api/v0/host/:address/creds', '/api/v0/host/127.66.9.9/creds', 'credentials_not_found'],
  ['PUT /api/v0/host/:address/creds', '/api/v0/host/127.66.9.9/creds', 'host_not_found'],
  ['GET /api/v0/host/:address/hostkey', '/api/v0/host/127.66.9.9/hostkey', 'host_not_found'],
  ['GET /api/v0/host/:address/hostkey', '/api/v0/host/127.66.0.1/hostkey', 'host_key_not_found'],
  ['PUT /api/v0/host/:address/hostkey', '/api/v0/host/127.66.9.9/hostkey', 'host_not_found', { fingerprint }],
  ['PUT /api/v0/host/:address', '/api/v0/host/127.66.9.9', 'cluster_unknown', { cluster: 'no' }],
  ['PUT /api/v0/host', '/api/v0/host', 'cluster_unknown', { cluster: 'no' }],
  ['GET /api/v0/cluster/:name', '/api/v0/cluster/no', 'cluster_not_found'],
  ['PATCH /api/v0/cluster/:name', '/api/v0/cluster/no', 'cluster_not_found', {}],
  ['PATCH /api/v0/cluster/:name', '/api/v0/cluster/c1', 'network_unknown', { network: 'no' }],
  ['PATCH /api/v0/cluster/:name', '/api/v0/cluster/c1', 'container_manager_unknown', { container_manager: 'no' }],
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
  ['GET /api/v0/budget/:name', '/api/v0/budget/no', 'budget_not_found'],
  ['PATCH /api/v0/budget/:name', '/api/v0/budget/no', 'budget_not_found', {}],
  ['DELETE /api/v0/budget/:name', '/api/v0/budget/no', 'budget_not_found'],
  ['GET /api/v0/role/:name', '/api/v0/role/no', 'role_not_found'],
  ['DELETE /api/v0/role/:name', '/api/v0/role/no', 'role_not_found'],
  ['GET /api/v0/rolebinding/:name', '/api/v0/rolebinding/configuration-1', 'role_binding_not_found'],
  ['DELETE /api/v0/rolebinding/:name', '/api/v0/rolebinding/no', 'role_binding_not_found'],
  ['PUT /api/v0/rolebinding/:name', '/api/v0/rolebinding/b', 'role_unknown', { role: 'no', subjects: ['user:a'] }],
  ['GET /api/v0/network/:name', '/api/v0/network/no', 'network_not_found'],
  ['GET /api/v0/containermanager/:name', '/api/v0/containermanager/no', 'container_manager_not_found'],
  ['PATCH /api/v0/containermanager/:name', '/api/v0/containermanager/no', 'container_manager_not_found'],
  ['GET /api/v0/operation/:id', `/api/v0/operation/${id}`, 'operation_not_found'],
  ['GET /api/v0/operation/:id/plan', `/api/v0/operation/${id}/plan`, 'operation_not_found'],
  ['GET /api/v0/operation/:id/folded', `/api/v0/operation/${id}/folded`, 'operation_not_found'],
  ['GET /api/v0/operation/:id/journal', `/api/v0/operation/${id}/journal`, 'operation_not_found'],
  ...operationCommands.map((command): (typeof absent)[number] => [
    `POST /api/v0/operation/:id/${command}`,
    `/api/v0/operation/${id}/${command}`,
    'operation_not_found',
    { host: '127.66.0.1' },
  ]),
  ['GET /api/v0/operation/:id/log', `/api/v0/operation/${id}/log?host=127.66.0.1`, 'operation_not_found'],
  ['GET /api/v0/secrets/:secret', '/api/v0/secrets/absent', 'secret_not_found'],
  ['PUT /api/v0/secrets/:secret', '/api/v0/secrets/absent%2Fkey', 'secret_not_found', { type: 'simple', value: 'x' }],
  ['POST /api/v0/secrets/:secret', '/api/v0/secrets/absent%2Finner%2F', 'secret_not_found'],
  ['DELETE /api/v0/secrets/:secret', '/api/v0/secrets/absent', 'secret_not_found'],
  ['GET /api/v0/backup/:backup', '/api/v0/backup/no.backup', 'backup_not_found'],
  ['GET /api/v0/backup/:backup/content', '/api/v0/backup/no.backup/content', 'backup_not_found'],
  ['DELETE /api/v0/backup/:backup', '/api/v0/backup/no.backup', 'backup_not_found'],
  ['GET /api/v0/token/:token', `/api/v0/token/${id}`, 'token_not_found'],
  ['DELETE /api/v0/token/:token', `/api/v0/token/${id}`, 'token_not_found'],
  ['GET /manual/:page', '/manual/no.html', 'route_not_found'],
];

test('there is a case of something absent for every route that names something', () => {
  const named = routeRules.filter(({ path }) => path.includes(':')).map(({ method, path }) => `${method} ${path}`);
  // Putting these makes them, and deleting what is not there is no error.
  const making = ['cluster', 'network', 'containermanager', 'budget', 'role'].map(
    (noun) => `PUT /api/v0/${noun}/:name`,
  );
  const deleting = ['network', 'containermanager'].map((noun) => `DELETE /api/v0/${noun}/:name`);
  const covered = new Set([...absent.map(([route]) => route), ...making, ...deleting, 'PUT /api/v0/host']);
  expect(named.filter((route) => !covered.has(route))).toEqual([]);
});

test('what is absent is said to be, and nothing comes of asking', async () => {
  await using server = await startServer({ onAnswer: expectDocumented });
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
