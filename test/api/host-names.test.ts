import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { basicOf, closedPort, startServer, type TestServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { until } from '../support/until.ts';
import { aliceOperatesA, eventNames, expectProblem, importHost, membersOf } from './support.ts';

/** Alice operates the cluster `a` only. */

const [inA, inB, free] = ['127.66.1.1', '127.66.2.7', '127.66.3.9'];
const key = makeSshKey().privateFile;

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ configuration: aliceOperatesA });
  const login = { ssh_priv_key: key, port: closedPort };
  await importHost(server, inA, { ...login, name: 'web1' });
  await importHost(server, inB, { ...login, name: 'db1.example.com' });
  await importHost(server, free, login);
  await server.request('PUT', '/api/v0/cluster/a?import=true', { hostset: ['web1'] });
  await server.request('PUT', '/api/v0/cluster/b?import=true', { hostset: [inB] });
});
afterEach(() => server[Symbol.asyncDispose]());

const alice = { headers: { authorization: basicOf('alice') } };
const rename = (host: string, name: unknown) => server.request('PATCH', `/api/v0/host/${host}`, { name });
const hostsOf = async (query: string) => {
  const { body } = await server.request('GET', `/api/v0/hosts?${query}`);
  return (body as { address: string }[]).map(({ address }) => address);
};

describe('a host is found by its name', () => {
  test.each([
    ['GET', 'host/WEB1', undefined, 200, { address: inA, name: 'web1' }],
    ['GET', 'host/web1/status', undefined, 200, { host: { status: 'active' } }],
    ['PATCH', 'host/web1/labels', { rack: '3' }, 200, { rack: '3' }],
    ['GET', 'host/web1/creds', undefined, 200, { address: inA }],
    ['PUT', 'host/web1/creds', { proxy_jump: ['db1.example.com'] }, 201, { address: inA, proxy_jump: [inB] }],
    ['PUT', 'host/web1/hostkey', { fingerprint: `SHA256:${'A'.repeat(43)}` }, 201, { address: inA }],
    ['GET', 'cluster/a/hosts/web1', undefined, 200, [inA]],
    ['PUT', 'cluster/a/hosts/web1', {}, 200, [inA]],
    ['PUT', 'cluster/a/hosts', { old: ['web1'], new: ['web1', free] }, 200, { hostset: [inA, free] }],
    ['DELETE', 'cluster/a/hosts/web1', undefined, 200, []],
    ['DELETE', 'host/db1.example.com', undefined, 200, []],
  ])('%s %s', async (method, path, body, status, answer) => {
    const answered = await server.request(method, `/api/v0/${path}`, body);
    expect(answered.status).toBe(status);
    expect(answered.body).toMatchObject(answer);
  });

  test('in targets, also among node sets and where hosts are taken away', async () => {
    await rename(free, 'web2');
    const of = (target: string) => hostsOf(`target=${encodeURIComponent(target)}`);
    expect(await of('web[1-2]')).toEqual([inA, free]);
    expect(await of(`host:web1,${inA},db1.example.com`)).toEqual([inA, inB]);
    expect(await of('all - host:web[1-9]')).toEqual([inB]);
    const missing = await server.request('GET', '/api/v0/hosts?target=web[1-3]');
    expectProblem(missing, 'host_not_found');
    expect(missing.text).toContain('web3');
    expect(missing.text).not.toContain('web[1-3]');
  });

  test('in the work of operations, whose records have the address', async () => {
    const { body } = await server.request('POST', '/api/v0/operations', {
      kind: 'exec',
      target: 'host:web1,db1.example.com',
      parameters: { command: 'true' },
      strategy: { batch: 1 },
    });
    const { id, results } = body as { id: string; results: { address: string }[] };
    expect(results.map(({ address }) => address)).toEqual([inA, inB]);
    await until(async () => {
      const shown = await server.request('GET', `/api/v0/operation/${id}`);
      return (shown.body as { status: string }).status === 'failed';
    });
    expect((await server.request('GET', `/api/v0/operation/${id}/log?host=web1`)).status).toBe(200);
    expectProblem(await server.request('POST', `/api/v0/operation/${id}/skip`, { host: 'web1' }), 'operation_ended');
  });

  test('and the audit trail has the address', async () => {
    await server.request('PATCH', '/api/v0/host/web1/labels?x=true', { rack: '3' });
    expect(server.audit().at(-1)).toMatchObject({ target: `/api/v0/host/${inA}/labels?x=true` });
  });

  test('a list is filtered and sorted by name', async () => {
    expect(await hostsOf('name=web*')).toEqual([inA]);
    expect(await hostsOf('sort=-name')).toEqual([inA, inB, free]);
  });
});

describe('a name', () => {
  test('is given, changed and taken away, each with an event, and nothing is written when it is as it was', async () => {
    expect((await rename(free, 'Gate_1')).body).toMatchObject({ address: free, name: 'gate_1' });
    const before = server.dump();
    expect((await rename('gate_1', 'gate_1')).status).toBe(200);
    expect(server.dump()).toBe(before);
    expect((await rename('gate_1', null)).body).not.toHaveProperty('name');
    expectProblem(await server.request('GET', '/api/v0/host/gate_1'), 'host_not_found');
    const renamed = server.events().filter(({ name }) => name === `host.renamed.${free}`);
    expect(renamed.map(({ data }) => data)).toEqual([{ name: 'gate_1' }, { name: '' }]);
  });

  test('can be tested and removed by a JSON Patch, and is subject to a precondition', async () => {
    const patch = (lines: object[], headers: Record<string, string> = {}) =>
      server.request('PATCH', '/api/v0/host/web1', lines, {
        headers: { 'content-type': 'application/json-patch+json', ...headers },
      });
    expectProblem(await patch([{ op: 'remove', path: '/name' }], { 'if-match': '"1"' }), 'precondition_failed');
    expectProblem(await patch([{ op: 'replace', path: '/address', value: free }]), 'path_mismatch');
    const lines = [
      { op: 'test', path: '/name', value: 'web1' },
      { op: 'remove', path: '/name' },
    ];
    expect((await patch(lines)).status).toBe(200);
    expect((await server.request('GET', `/api/v0/host/${inA}`)).body).not.toHaveProperty('name');
  });

  test.each(['192.0.2.1', 'all', 'none', 'a b', 'web.1', '', '-x', `${'a'.repeat(64)}`])('is not %j', async (name) => {
    expectProblem(await rename(free, name), 'invalid_name');
  });

  test('is never that of another host, nor its address, and stays free after a host left', async () => {
    await importHost(server, 'gate.example.com');
    const { text } = await rename(free, 'web1');
    expectProblem(await rename(free, 'web1'), 'name_taken');
    expect(text).toContain('`commctl host rename --remove web1`');
    expect(text).not.toContain(inA);
    expectProblem(await rename(free, 'gate.example.com'), 'name_taken');
    expectProblem(await rename('gate.example.com', 'gate.example.com'), 'invalid_name');
    const asAddress = await server.request('PUT', '/api/v0/host/web1', { ssh_priv_key: key });
    expectProblem(asAddress, 'name_taken');
    expectProblem(await server.request('PUT', '/api/v0/host/web1?import=true', { status: 'active' }), 'name_taken');
    await server.request('DELETE', '/api/v0/host/web1');
    expect((await rename(free, 'web1')).status).toBe(200);
    expect((await server.request('GET', '/api/v0/host/web1')).body).toMatchObject({ address: free });
  });

  test('is kept by every other change of the host, and replaced by an import', async () => {
    await server.request('PUT', '/api/v0/host/web1/labels', { rack: '3' });
    expect((await server.request('GET', '/api/v0/host/web1')).body).toMatchObject({ name: 'web1' });
    await importHost(server, inA, { name: 'web9' });
    expectProblem(await server.request('GET', '/api/v0/host/web1'), 'host_not_found');
    expect((await server.request('GET', '/api/v0/host/web9')).body).toMatchObject({ address: inA });
  });

  test('can be registered, after which the host is found by it', async () => {
    const body = { ssh_priv_key: key, port: closedPort, name: 'New1', proxy_jump: 'web1,db1.example.com' };
    const { status, body: host } = await server.request('PUT', '/api/v0/host/127.66.9.9', body);
    expect([status, host]).toEqual([201, expect.objectContaining({ address: '127.66.9.9', name: 'new1' })]);
    expect((await server.request('GET', '/api/v0/host/new1/creds')).body).toMatchObject({ proxy_jump: [inA, inB] });
    expect(eventNames(server)).toContain('host.created.127.66.9.9');
  });
});

describe('a caller who may not see a host does not learn its name', () => {
  test('nor the address behind a name', async () => {
    const path = '/api/v0/host/db1.example.com';
    const absent = '/api/v0/host/db2.example.com';
    for (const [method, end, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'x' }],
      ['GET', '/creds', undefined],
      ['DELETE', '', undefined],
    ] as const) {
      const answer = await server.request(method, path + end, body, alice);
      const other = await server.request(method, absent + end, body, alice);
      expectProblem(answer, 'forbidden');
      const blank = ({ text }: { text: string }) => text.replace(/"request_id":"[^"]*"/, '').replaceAll(/db\d/g, 'db');
      expect(blank(answer)).toBe(blank(other));
    }
    const asMember = await server.request('GET', '/api/v0/cluster/a/hosts/db1.example.com', undefined, alice);
    expectProblem(asMember, 'not_a_member');
    const byTarget = await server.request('GET', '/api/v0/hosts?target=db1.example.com', undefined, alice);
    expect(byTarget.body).toEqual([]);
    const listed = await server.request('GET', '/api/v0/hosts', undefined, alice);
    for (const { text } of [asMember, byTarget, listed]) expect(text).not.toContain(inB);
    expect(listed.text).not.toContain('db1');
  });

  test('and uses names of the hosts that it may see', async () => {
    expect((await server.request('GET', '/api/v0/host/web1', undefined, alice)).body).toMatchObject({ address: inA });
    expect((await server.request('PATCH', '/api/v0/host/web1/labels', { r: '1' }, alice)).status).toBe(200);
    const joined = await server.request('PUT', '/api/v0/cluster/a/hosts/db1.example.com', {}, alice);
    expectProblem(joined, 'forbidden');
    expect(joined.text).not.toContain(inB);
    expect(await membersOf(server, 'a')).toEqual([inA]);
  });
});

test('a registration that changes nothing says what the host has otherwise, and so does its check', async () => {
  const body = { ssh_priv_key: key, port: closedPort, labels: { rack: '3' }, name: 'one' };
  const path = '/api/v0/host/127.66.5.5';
  const before = server.dump();
  const check = (members: object) => server.request('POST', `${path}/check`, members);
  expect((await check(body)).body).toEqual({ result: 'new', differs: [] });
  expectProblem(await check({ ...body, name: 'web1' }), 'name_taken');
  expectProblem(await check({ ...body, cluster: 'none' }), 'cluster_unknown');
  expect(server.dump()).toBe(before);
  expect((await server.request('PUT', `${path}?details=true`, body)).body).not.toHaveProperty('existing');
  await until(async () => {
    const ended = await server.request('GET', '/api/v0/operations?kind=bootstrap&status=failed');
    return (ended.body as unknown[]).length === 1;
  });
  const registered = server.dump();
  const again = async (members: object) =>
    (await server.request('PUT', `${path}?details=true`, { ...body, ...members })).body;
  expect((await server.request('PUT', path, body)).body).not.toHaveProperty('existing');
  expect(await again({})).toMatchObject({ existing: { differs: [] } });
  const others = { port: 2, remote_user: 'ops', labels: { rack: '3', role: 'db' }, name: 'two', proxy_jump: 'web1' };
  const differs = ['remote_user', 'port', 'proxy_jump', 'name', 'labels'];
  expect(await again(others)).toMatchObject({ existing: { differs } });
  expect((await check({ ...body, ...others })).body).toEqual({ result: 'existing', differs });
  expectProblem(await check({ ...body, ssh_priv_key: makeSshKey().privateFile }), 'credentials_differ');
  expect(server.dump()).toBe(registered);
});
