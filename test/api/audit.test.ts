import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';
import { verifyChain } from '../../src/audit/chain.ts';
import type { AuditEntry } from '../../src/audit/entry.ts';
import { basicOf, closedPort, startServer, type TestServer, usersNamed } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { until } from '../support/until.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

const address = '127.66.0.1';

let server: TestServer;
beforeEach(async () => {
  const plugins = [{ name: 'httpbasicauth', users: usersNamed('tester', 'viewer') }];
  const bindings = [
    { role: 'admin', subjects: ['user:tester'] },
    { role: 'viewer', subjects: ['user:viewer'] },
  ];
  server = await startServer({
    onAnswer: expectDocumented,
    configuration: { 'authentication-plugins': plugins, 'role-bindings': bindings, 'default-role': 'none' },
  });
});
afterEach(() => server[Symbol.asyncDispose]());

/** The trail as the API shows it, oldest first. */
async function trail(query = ''): Promise<AuditEntry[]> {
  const answer = await server.request('GET', `/api/v0/audit?limit=1000${query}`);
  expect(answer.status).toBe(200);
  return (answer.body as AuditEntry[]).toReversed();
}

const told = ({ who, action, target, result }: AuditEntry) => `${who} ${action} ${target} ${result}`;

test('a change is told of before it is made and after, with who made it and from where', async () => {
  const answer = await server.request('PUT', `/api/v0/host/${address}?import=true`, { status: 'active' });
  const entries = await trail('&action=PUT*');
  const subject = {
    request_id: answer.headers.get('x-request-id'),
    who: 'tester',
    method: 'httpbasicauth',
    peer: '127.0.0.1',
    action: 'PUT /api/v0/host/:address',
    target: `/api/v0/host/${address}?import=true`,
  };
  expect(entries).toEqual([
    expect.objectContaining({ ...subject, result: 'begun', permission: 'host:register' }),
    expect.objectContaining({ ...subject, result: 'done', status: 201, begun: entries[0]?.sequence }),
  ]);
});

test('a change that fails is told of with what was wrong', async () => {
  await server.request('DELETE', `/api/v0/host/${address}`);
  await server.raw('PUT', '/api/v0/cluster/c2', { body: '{' });
  expect(await trail('&result=failed')).toEqual([
    expect.objectContaining({ target: `/api/v0/host/${address}`, status: 404, code: 'host_not_found' }),
    expect.objectContaining({ target: '/api/v0/cluster/c2', status: 400, code: 'invalid_body' }),
  ]);
});

test('an operation is told of with its id, and so are the commands to it', async () => {
  await makeCluster(server, 'c1', address);
  await server.request('PUT', `/api/v0/host/${address}/creds`, { port: closedPort });
  const started = await server.request('POST', '/api/v0/operations', { kind: 'restart', target: 'cluster:c1' });
  const operation = started.headers.get('location') ?? '';
  await server.request('POST', `${operation}/cancel`, {});
  const entries = await trail('&action=POST*&result=Ne(begun)');
  expect(entries[0]).toMatchObject({ result: 'done', status: 201, made: operation });
  expect(entries[1]).toMatchObject({ target: `${operation}/cancel`, action: 'POST /api/v0/operation/:id/cancel' });
});

test('reading credentials is told of, reading anything else is not', async () => {
  await importHost(server, address);
  await server.request('PUT', `/api/v0/host/${address}/creds`, { port: closedPort });
  // What is being written is on disk when the trail has been read.
  const before = (await trail()).length;
  for (const { method, path, permission } of routeRules) {
    if (
      method !== 'GET' ||
      /^(credentials|secret):read$|^backup:download$/.test(permission) ||
      path === '/api/v0/events'
    )
      continue;
    const id = '019a0000-0000-7000-8000-000000000000';
    await server.raw('GET', path.replace(':address', address).replace(':name', 'c1').replace(':id', id));
  }
  expect(server.audit().slice(before)).toEqual([]);
  await server.request('GET', `/api/v0/host/${address}/creds`);
  await server.request('HEAD', `/api/v0/host/${address}/creds`);
  expect((await trail('&permission=credentials:read')).map(told)).toEqual(
    Array(2).fill(`tester GET /api/v0/host/:address/creds /api/v0/host/${address}/creds begun`),
  );
});

test('every route that changes something is told of', async () => {
  const id = '019a0000-0000-7000-8000-000000000000';
  const changing = routeRules.filter(({ method }) => method !== 'GET');
  for (const { method, path } of changing) {
    await server.raw(method, path.replace(':address', address).replace(':name', 'c1').replace(':id', id), {
      body: '{',
    });
  }
  const begun = new Set((await trail('&result=begun')).map(({ action }) => action));
  expect([...begun].toSorted()).toEqual(changing.map(({ method, path }) => `${method} ${path}`).toSorted());
});

test('a caller who is let in is told of once, and again when it comes another way', async () => {
  for (let n = 0; n < 5; n += 1) await server.request('GET', '/api/v0/hosts');
  await server.request('GET', '/api/v0/hosts', undefined, { headers: { authorization: basicOf('viewer') } });
  await server.raw('GET', '/api/v0/hosts', { from: '127.0.0.9' });
  const accepted = await trail('&result=accepted');
  expect(accepted.map(({ who, peer, action }) => `${who} ${peer} ${action}`)).toEqual([
    'tester 127.0.0.1 authentication',
    'viewer 127.0.0.1 authentication',
    'tester 127.0.0.9 authentication',
  ]);
});

describe('who is turned away is told of', () => {
  test.each<[what: string, method: string, path: string, authorization: string, entry: object]>([
    [
      'without credentials',
      'GET',
      '/api/v0/hosts',
      '',
      { who: '', action: 'authentication', status: 401, code: 'credentials_required' },
    ],
    [
      'with a wrong password',
      'GET',
      '/api/v0/hosts',
      `Basic ${btoa('tester:wrong')}`,
      { who: 'tester', method: '', action: 'authentication', status: 403, code: 'credentials_refused' },
    ],
    [
      'with a name nobody has',
      'DELETE',
      '/api/v0/nowhere',
      `Basic ${btoa('nobody:wrong')}`,
      { who: 'nobody', action: 'authentication', target: '/api/v0/nowhere' },
    ],
    [
      'without the permission',
      'DELETE',
      '/api/v0/cluster/c1',
      basicOf('viewer'),
      {
        who: 'viewer',
        method: 'httpbasicauth',
        action: 'DELETE /api/v0/cluster/:name',
        target: '/api/v0/cluster/c1',
        status: 403,
        code: 'forbidden',
      },
    ],
    [
      'from the audit trail itself',
      'GET',
      '/api/v0/audit',
      basicOf('viewer'),
      { who: 'viewer', action: 'GET /api/v0/audit', code: 'forbidden' },
    ],
  ])('%s', async (_, method, path, authorization, entry) => {
    await server.request(method, path, undefined, { headers: { authorization } });
    expect(await trail('&result=refused')).toEqual([
      expect.objectContaining({ ...entry, count: 1, peer: '127.0.0.1' }),
    ]);
  });

  test('by a route that looks at what the body names', async () => {
    const headers = { upgrade: 'websocket', origin: 'http://elsewhere.example' };
    await server.request('GET', '/api/v0/events', undefined, { headers });
    expect((await trail('&result=refused')).map(told)).toEqual(['tester GET /api/v0/events /api/v0/events refused']);
  });
});

test('a flood of wrong passwords is counted, to the last one', async () => {
  const headers = { authorization: `Basic ${btoa('tester:wrong')}` };
  for (let n = 0; n < 40; n += 1) await server.request('GET', '/api/v0/hosts', undefined, { headers });
  const counted = async () =>
    (await trail('&result=refused')).reduce((sum, entry) => sum + ('count' in entry ? entry.count : 0), 0);
  await until(async () => (await counted()) === 40);
  expect((await trail('&result=refused')).length).toBeLessThan(15);
});

test('no secret of a request is in the trail, wherever it stands', async () => {
  const key = makeSshKey();
  const mark = 'marked-5ecret';
  await server.request('PUT', `/api/v0/host/${address}?import=true`, { ssh_priv_key: key.privateFile });
  await server.request('PUT', `/api/v0/host/${address}/creds?token=${mark}`, {
    ssh_priv_key: key.privateFile,
    remote_user: mark,
  });
  await server.request('GET', `/api/v0/host/${address}/creds?import=${mark}`);
  await server.request('PUT', '/api/v0/containermanager/m1', {
    type: 'openshift',
    options: { server_url: 'https://192.0.2.1', token: mark },
  });
  await server.request('PUT', '/api/v0/cluster/c1', { network: mark });
  const wrong = { authorization: `Basic ${btoa(`tester:${mark}`)}`, cookie: mark, 'x-auth-token': mark };
  await server.request('GET', `/api/v0/hosts?${mark}=true`, undefined, { headers: wrong });
  await trail();
  const text = JSON.stringify(server.audit());
  expect(server.audit().length).toBeGreaterThan(8);
  expect(text).not.toContain(mark);
  expect(text).not.toContain(key.privateFile.slice(40, 80));
});

describe('the list', () => {
  beforeEach(async () => {
    for (const name of ['c1', 'c2', 'c3']) await server.request('PUT', `/api/v0/cluster/${name}`, {});
  });

  test('is newest first, in pages that fit together', async () => {
    const all = await trail();
    const pages: AuditEntry[] = [];
    let next: string | null = '';
    while (next !== null) {
      const answer = await server.request('GET', `/api/v0/audit?limit=3${next}`);
      pages.push(...(answer.body as AuditEntry[]));
      const before = answer.headers.get('x-next-before');
      next = before === null ? null : `&before=${before}`;
    }
    expect(pages.toReversed()).toEqual(all);
    expect(await verifyChain(all)).toMatchObject({ whole: true, first: 1 });
  });

  test('has only what the conditions hold for', async () => {
    const [first] = await trail();
    expect((await trail('&target=*/c2')).map(({ result }) => result)).toEqual(['begun', 'done']);
    expect(await trail('&who=nobody')).toEqual([]);
    expect((await trail('&status=Gte(200)&after=3')).length).toBe(2);
    expect(await trail(`&since=${first?.at}`)).toEqual(await trail());
    expect(await trail('&since=9999-01-01')).toEqual([]);
  });

  test('says where the trail ends, to be noted', async () => {
    const { headers } = await server.request('GET', '/api/v0/audit?limit=1');
    const [newest] = (await trail()).toReversed();
    expect(headers.get('x-audit-head')).toBe(`${newest?.sequence} ${newest?.hash}`);
  });

  test('is not for those who may only read everything else', async () => {
    const viewer = { headers: { authorization: basicOf('viewer') } };
    expectProblem(await server.request('GET', '/api/v0/audit', undefined, viewer), 'forbidden');
  });
});
