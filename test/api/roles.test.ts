import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { follow, post } from '../support/follow.ts';
import { basicOf, startServer, type TestServer, usersNamed } from '../support/server.ts';
import { until } from '../support/until.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

const names = ['tester', 'viewer', 'web', 'few', 'slow', 'share', 'registrar', 'keeper', 'leaver', 'nobody'];
const [web1, web2, db1, free] = ['127.66.1.1', '127.66.1.2', '127.66.2.1', '127.66.3.1'];
let server: TestServer;
let [webOperation, dbOperation] = ['', ''];

beforeAll(async () => {
  server = await startServer({
    onAnswer: expectDocumented,
    configuration: {
      'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed(...names) }],
      'default-role': 'none',
      roles: { keeper: { permissions: ['credentials:write'] } },
      'role-bindings': [
        { role: 'keeper', subjects: ['user:keeper'], clusters: ['web'] },
        { role: 'admin', subjects: ['user:tester'] },
        { role: 'viewer', subjects: ['user:viewer'] },
        { role: 'operator', subjects: ['user:web'], clusters: ['web*'] },
        { role: 'operator', subjects: ['user:few'], max_hosts: 2 },
        { role: 'operator', subjects: ['user:slow'], max_at_once: 1 },
        { role: 'operator', subjects: ['user:share'], clusters: ['web'], max_percent: 50 },
        { role: 'registrar', subjects: ['user:registrar'], clusters: ['web'] },
      ],
    },
  });
  await makeCluster(server, 'web', web1, web2);
  await makeCluster(server, 'db', db1);
  await importHost(server, free);
  webOperation = await started(`host:${web1}`);
  dbOperation = await started(`host:${db1}`);
});
afterAll(() => server[Symbol.asyncDispose]());

async function started(target: string): Promise<string> {
  const answer = await server.request('POST', '/api/v0/operations', exec(target));
  expect(answer.status).toBe(201);
  await quiet();
  return (answer.body as { id: string }).id;
}

/** Nothing listens at the hosts: operations end by themselves. */
async function quiet(): Promise<void> {
  await until(async () => {
    const { body } = await server.request('GET', '/api/v0/operations?status=In(in_process,waiting)');
    return Array.isArray(body) && body.length === 0;
  });
}

const as = (name: string) => ({ headers: { authorization: basicOf(name) } });
const exec = (target: string) => ({ kind: 'exec', target, parameters: { command: 'true' }, wait: true });

describe('a caller whose role holds for some clusters', () => {
  const cases: [string, string, object | undefined, number | ProblemCode][] = [
    ['GET', `/api/v0/host/${web1}`, undefined, 200],
    ['GET', `/api/v0/host/${db1}`, undefined, 'forbidden'],
    ['GET', `/api/v0/host/${free}`, undefined, 'forbidden'],
    ['GET', '/api/v0/host/127.66.9.9', undefined, 'forbidden'],
    ['GET', `/api/v0/host/${web1}/creds`, undefined, 'forbidden'],
    ['PUT', `/api/v0/host/${web1}/labels`, { a: 'b' }, 200],
    ['PUT', `/api/v0/host/${db1}/labels`, { a: 'b' }, 'forbidden'],
    ['DELETE', `/api/v0/host/${db1}`, undefined, 'forbidden'],
    ['GET', '/api/v0/cluster/web', undefined, 200],
    ['GET', '/api/v0/cluster/web7', undefined, 'cluster_not_found'],
    ['GET', '/api/v0/cluster/db', undefined, 'forbidden'],
    ['GET', '/api/v0/cluster/nothing', undefined, 'forbidden'],
    ['PUT', '/api/v0/cluster/web', {}, 'forbidden'],
    ['PUT', `/api/v0/cluster/web/hosts/${web1}`, {}, 200],
    ['PUT', `/api/v0/cluster/web/hosts/${db1}`, {}, 'forbidden'],
    ['PUT', `/api/v0/cluster/web/hosts/${free}`, {}, 'forbidden'],
    ['PUT', '/api/v0/cluster/web/hosts/127.66.9.9', {}, 'forbidden'],
    ['PUT', '/api/v0/cluster/web/hosts', { old: [web1, web2], new: [web1, web2, free] }, 'forbidden'],
    ['PUT', '/api/v0/cluster/web/hosts', { old: [web1, web2], new: [web1, web2] }, 200],
    ['PUT', '/api/v0/host/127.66.1.7', { cluster: 'web', proxy_jump: db1 }, 'forbidden'],
    ['PUT', '/api/v0/host/127.66.1.7', { cluster: 'web', proxy_jump: [web1, free] }, 'forbidden'],
    ['PUT', '/api/v0/host/127.66.1.7', { cluster: 'web', proxy_jump: '127.66.9.9' }, 'forbidden'],
    ['PUT', `/api/v0/cluster/db/hosts/${db1}`, {}, 'forbidden'],
    ['PUT', '/api/v0/host/127.66.1.7', { cluster: 'db' }, 'forbidden'],
    ['PUT', '/api/v0/host/127.66.1.7', {}, 'forbidden'],
    ['PUT', `/api/v0/host/${db1}`, { cluster: 'web' }, 'forbidden'],
    ['PUT', '/api/v0/host/127.66.1.7?import=true', { cluster: 'web' }, 'forbidden'],
    ['PUT', '/api/v0/network/n1', {}, 'forbidden'],
    ['GET', '/api/v0/networks', undefined, 200],
    ['GET', '/api/v0/hooks/dead-letters', undefined, 'forbidden'],
    ['POST', '/api/v0/operations', exec(`host:${web1}`), 201],
    ['POST', '/api/v0/operations', exec('cluster:web'), 201],
    ['POST', '/api/v0/operations', exec('all'), 'forbidden'],
    ['POST', '/api/v0/operations?plan=true', exec('all'), 'forbidden'],
    ['POST', '/api/v0/operations', exec(`host:${db1}`), 'forbidden'],
    ['POST', '/api/v0/operations', exec(`host:${web1} | host:${free}`), 'forbidden'],
    ['GET', '/api/v0/cluster/db/upgrade', undefined, 'forbidden'],
    ['PUT', '/api/v0/cluster/db/upgrade', {}, 'forbidden'],
  ];

  test.each(cases)('%s %s %j: %s', async (method, path, body, outcome) => {
    const before = server.dump();
    const answer = await server.request(method, path, body, as('web'));
    await quiet();
    if (typeof outcome === 'number') return expect(answer.status).toBe(outcome);
    expectProblem(answer, outcome);
    if (outcome === 'forbidden') expect(server.dump()).toBe(before);
  });

  test.each(['', '/folded', '/plan', '/journal'])('GET of an operation%s', async (part) => {
    const get = (id: string) => server.request('GET', `/api/v0/operation/${id}${part}`, undefined, as('web'));
    expect((await get(webOperation)).status).toBe(200);
    expectProblem(await get(dbOperation), 'forbidden');
    expectProblem(await get('unknown'), 'forbidden');
  });

  test.each(['pause', 'resume', 'promote', 'cancel', 'retry', 'rerun'])('%s of another operation', async (command) => {
    const before = server.dump();
    const path = `/api/v0/operation/${dbOperation}/${command}`;
    expectProblem(await server.request('POST', path, {}, as('web')), 'forbidden');
    expect(server.dump()).toBe(before);
  });

  test('lists hold what it may see, and count that', async () => {
    const hosts = await server.request('GET', '/api/v0/hosts', undefined, as('web'));
    expect((hosts.body as { address: string }[]).map(({ address }) => address)).toEqual([web1, web2]);
    expect(hosts.headers.get('x-total-count')).toBe('2');
    const page = await server.request('GET', '/api/v0/hosts?limit=1&offset=1', undefined, as('web'));
    expect((page.body as { address: string }[]).map(({ address }) => address)).toEqual([web2]);
    const aimed = await server.request('GET', '/api/v0/hosts?target=all', undefined, as('web'));
    expect(aimed.headers.get('x-total-count')).toBe('2');
    expect((await server.request('GET', '/api/v0/clusters', undefined, as('web'))).body).toEqual(['web']);
    const operations = await server.request('GET', '/api/v0/operations', undefined, as('web'));
    const ids = (operations.body as { id: string }[]).map(({ id }) => id);
    expect(ids).toContain(webOperation);
    expect(ids).not.toContain(dbOperation);
  });

  test('what one sees is not taken for what another has seen', async () => {
    const etag = (await server.request('GET', '/api/v0/hosts')).headers.get('etag') ?? '';
    const asked = { headers: { ...as('web').headers, 'if-none-match': etag } };
    expect((await server.request('GET', '/api/v0/hosts', undefined, asked)).status).toBe(200);
  });

  test('what is out of reach is as what is not there', async () => {
    await server.request('PUT', `/api/v0/host/${db1}/labels`, { secret: 'abc' });
    const targets = [
      `host:${db1}`,
      'host:127.66.9.9',
      'cluster:db',
      'cluster:nothing',
      'label:secret=a*',
      'label:secret=x*',
      `host:${web1} | all`,
      'all - cluster:web - cluster:db',
    ];
    const told = new Set<unknown>();
    for (const target of targets) {
      for (const query of ['', '?plan=true']) {
        const answer = await server.request('POST', `/api/v0/operations${query}`, exec(target), as('web'));
        expectProblem(answer, 'forbidden');
        told.add((answer.body as { detail: string }).detail);
      }
      const listed = await server.request(
        'GET',
        `/api/v0/hosts?target=${encodeURIComponent(target)}`,
        undefined,
        as('web'),
      );
      expect(listed.status).toBe(200);
    }
    expect(told.size).toBe(1);
    await server.request('PUT', `/api/v0/host/${db1}/labels`, {});
  });

  test('of the hosts that are down it sees its own', async () => {
    await importHost(server, db1, { status: 'failed', cluster: 'db' });
    await importHost(server, web2, { status: 'failed', cluster: 'web' });
    await server.request('PUT', '/api/v0/budget/site', { target: 'all', max_down: 1 });
    const downOf = ({ body }: { body: unknown }) =>
      (body as { down: { address: string }[] }).down.map(({ address }) => address);
    const get = (path: string, who: string) => server.request('GET', path, undefined, as(who));
    expect(downOf(await get('/api/v0/budget/site', 'viewer'))).toEqual([web2, db1]);
    expect(downOf(await get('/api/v0/budget/site', 'web'))).toEqual([web2]);
    const [listed] = (await get('/api/v0/budgets', 'web')).body as object[];
    expect(downOf({ body: listed })).toEqual([web2]);
    for (const path of ['/api/v0/budget/site', '/api/v0/budgets']) {
      const tag = (await get(path, 'viewer')).headers.get('etag');
      expect((await get(path, 'web')).headers.get('etag')).not.toBe(tag);
    }
    await server.request('DELETE', '/api/v0/budget/site');
  });

  test('events are those it may see', async () => {
    const path = '/api/v0/events?follow=false&since=0&limit=1000';
    const all = (await server.request('GET', path)).body as { type: string; key: string }[];
    const seen = (await server.request('GET', path, undefined, as('web'))).body as typeof all;
    expect(new Set(all.map(({ key }) => key)).has(dbOperation)).toBe(true);
    const keys = new Set(seen.map(({ key }) => key));
    expect([web1, 'web', webOperation].filter((key) => !keys.has(key))).toEqual([]);
    expect([db1, 'db', dbOperation, free].filter((key) => keys.has(key))).toEqual([]);
  });
});

test('who may start small operations only lets no large one go on, but may stop it', async () => {
  const strategy = { promote: 'manual', batch: 1 };
  const body = { kind: 'exec', target: 'all', parameters: { command: 'true' }, wait: true, strategy };
  const begun = await server.request('POST', '/api/v0/operations', body);
  const { id } = begun.body as { id: string };
  const command = (name: string, who: string) => server.request('POST', `/api/v0/operation/${id}/${name}`, {}, as(who));
  for (const name of ['resume', 'promote']) expectProblem(await command(name, 'few'), 'forbidden');
  expect((await command('cancel', 'few')).body).not.toMatchObject({ code: 'forbidden' });
  await quiet();
});

describe('a caller whose role holds for a number of hosts', () => {
  const few = { permission: 'operation:run', limit: 'max_hosts', value: 2, allowed: 2, requested: 4 };
  const slow = { permission: 'operation:run', limit: 'max_at_once', value: 1, allowed: 1, requested: 2 };
  const share = { permission: 'operation:run', limit: 'max_percent', value: 50, allowed: 1, requested: 2 };
  test.each<[string, object, object]>([
    [
      'few',
      exec('all'),
      { ...few, detail: expect.stringMatching(/these 4 hosts: max_hosts of the role operator is 2$/) },
    ],
    [
      'slow',
      { ...exec('cluster:web'), strategy: { batch: '100%' } },
      {
        ...slow,
        detail: expect.stringMatching(/max_at_once of the role operator is 1, and 2 of them would be in flight/),
      },
    ],
    ['slow', { ...exec('cluster:web'), strategy: { batch: [1, 2], concurrency: 1 } }, { id: expect.any(String) }],
    ['slow', exec('cluster:web'), { id: expect.any(String) }],
    ['share', exec('cluster:web'), { ...share, detail: expect.stringMatching(/operator is 50, which is 1 host$/) }],
  ])('%s: %j', async (who, body, answer) => {
    expect((await server.request('POST', '/api/v0/operations', body, as(who))).body).toMatchObject(answer);
    await quiet();
  });
});

describe('others', () => {
  const cases: [string, string, string, object | undefined, number | ProblemCode][] = [
    ['nobody', 'GET', '/api/v0/hosts', undefined, 'forbidden'],
    ['nobody', 'GET', '/api/v0/status', undefined, 'forbidden'],
    ['viewer', 'GET', '/api/v0/hosts', undefined, 200],
    ['viewer', 'GET', `/api/v0/host/${db1}`, undefined, 200],
    ['viewer', 'GET', `/api/v0/host/${db1}/creds`, undefined, 'forbidden'],
    ['viewer', 'POST', '/api/v0/operations', exec(`host:${web1}`), 'forbidden'],
    ['viewer', 'DELETE', `/api/v0/host/${db1}`, undefined, 'forbidden'],
    ['few', 'POST', '/api/v0/operations', exec('cluster:web'), 201],
    ['few', 'POST', '/api/v0/operations', exec('all'), 'forbidden'],
    ['few', 'PUT', '/api/v0/cluster/web/upgrade', {}, 201],
    ['registrar', 'GET', '/api/v0/hosts', undefined, 'forbidden'],
    ['registrar', 'PUT', '/api/v0/host/127.66.1.8', { cluster: 'web' }, 201],
    ['registrar', 'PUT', '/api/v0/host/127.66.1.9', { cluster: 'db' }, 'forbidden'],
    ['registrar', 'PUT', '/api/v0/host', { cluster: 'nothing' }, 'forbidden'],
    ['registrar', 'PUT', '/api/v0/host/127.66.1.9', { cluster: 'web', proxy_jump: db1 }, 'forbidden'],
    ['registrar', 'PUT', '/api/v0/host/127.66.1.9', { cluster: 'web', proxy_jump: web1 }, 201],
    ['keeper', 'PUT', `/api/v0/host/${web1}/creds`, { proxy_jump: db1 }, 'forbidden'],
    ['keeper', 'PUT', `/api/v0/host/${web1}/creds`, { proxy_jump: [web2, free] }, 'forbidden'],
    ['keeper', 'PUT', `/api/v0/host/${web1}/creds`, { proxy_jump: web2 }, 201],
  ];

  test.each(cases)('%s: %s %s %j: %s', async (who, method, path, body, outcome) => {
    const answer = await server.request(method, path, body, as(who));
    if (typeof outcome === 'number') expect(answer.status).toBe(outcome);
    else expectProblem(answer, outcome);
  });
});

describe('who loses a role in the middle of something', () => {
  const bound = (members: object) =>
    server.request('PUT', '/api/v0/rolebinding/leaver', { role: 'viewer', subjects: ['user:leaver'], ...members });
  const headersOf = { authorization: basicOf('leaver') };

  test('loses the stream of events', async () => {
    await bound({});
    await using stream = await follow(server, '', headersOf);
    await post(server);
    await stream.count(1);
    await server.request('DELETE', '/api/v0/rolebinding/leaver');
    await until(() => stream.ended);
    const last = stream.messages.at(-1);
    expect([last?.name, JSON.parse(last?.data ?? '').reason]).toEqual([
      'cut_off',
      expect.stringMatching(/^leaver lacks the permission event:read/),
    ]);
    expect(stream.sequences).toHaveLength(1);
  });

  test('loses the WebSocket', async () => {
    await bound({});
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v0/events`, { headers: headersOf });
    const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    await server.request('DELETE', '/api/v0/rolebinding/leaver');
    expect(await closed).toMatchObject({
      code: 1008,
      reason: expect.stringMatching(/^leaver lacks the permission event:read/),
    });
  });

  test('or sees of it what is left', async () => {
    await bound({});
    await using stream = await follow(server, '', headersOf);
    await bound({ clusters: ['web'] });
    await server.request('PUT', `/api/v0/host/${db1}/labels`, { a: 'c' });
    await server.request('PUT', `/api/v0/host/${web2}/labels`, { a: 'c' });
    await stream.count(1);
    expect(JSON.parse(stream.messages[0]?.data ?? '')).toMatchObject({ type: 'host', key: web2 });
  });

  test('loses the log that is followed', async () => {
    await bound({});
    // It waits for days, so that its log goes on.
    const days = [['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(new Date().getUTCDay() + 3) % 7]];
    const strategy = { window: { days, from: '00:00', to: '00:01', time_zone: 'UTC' } };
    const answer = await server.request('POST', '/api/v0/operations', { ...exec(`host:${web1}`), strategy });
    const path = `/api/v0/operation/${(answer.body as { id: string }).id}`;
    const headers = { ...headersOf, connection: 'close' };
    const log = fetch(`${server.url}${path}/log?host=${web1}&follow=true`, { headers });
    await until(() => server.log.some((line) => line.includes(`"path":"${path}/log","status":200`)));
    await server.request('DELETE', '/api/v0/rolebinding/leaver');
    expect(await (await log).text()).toBe('');
    await server.request('POST', `${path}/cancel`, {});
  });
});

test('of a host out of reach nobody is told where it is', async () => {
  const paths = [`/api/v0/host/${db1}`, `/api/v0/cluster/web/hosts/${db1}`];
  for (const path of paths) {
    const { text } = await server.request('PUT', path, path.includes('/cluster/') ? {} : { cluster: 'web' }, as('web'));
    expect(text).not.toMatch(/\bdb\b/);
  }
});

test('nothing of all this was a fault', () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
});
