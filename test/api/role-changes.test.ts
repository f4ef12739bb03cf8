import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { basicOf, startServer, type TestServer, usersNamed } from '../support/server.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, makeCluster } from './support.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startServer({
    onAnswer: expectDocumented,
    selfAuths: ['/api/v0/whoami'],
    configuration: {
      'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed('tester', 'lead', 'bob', 'carol') }],
      'default-role': 'none',
      roles: {
        lead: { permissions: ['role:read', 'role:write', 'host:read', 'operation:run'] },
        tied: { permissions: ['role:write'] },
      },
      'role-bindings': [
        { role: 'admin', subjects: ['user:tester'] },
        { role: 'lead', subjects: ['user:lead'] },
        { role: 'tied', subjects: ['user:carol'], clusters: ['web'] },
      ],
    },
  });
});
afterEach(async () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const ask = (who: string, method: string, path: string, body?: object) =>
  server.request(method, `/api/v0/${path}`, body, { headers: { authorization: basicOf(who) } });

const put = async (who: string, path: string, body: object) => {
  const { status } = await ask(who, 'PUT', path, body);
  expect({ path, status }).toEqual({ path, status: 201 });
};

const bobReads = { role: 'reader', subjects: ['user:bob'], clusters: ['web*'] };

test('what is bound counts for the next request, and so does what is taken away', async () => {
  await makeCluster(server, 'web', '127.66.0.1');
  await makeCluster(server, 'db', '127.66.0.2');
  expectProblem(await ask('bob', 'GET', 'host/127.66.0.1'), 'forbidden');
  await put('lead', 'role/reader', { permissions: ['host:read'] });
  await put('lead', 'rolebinding/bob', bobReads);
  expect((await ask('bob', 'GET', 'host/127.66.0.1')).status).toBe(200);
  expectProblem(await ask('bob', 'GET', 'host/127.66.0.2'), 'forbidden');
  expectProblem(await ask('bob', 'GET', 'cluster/web'), 'forbidden');
  await put('tester', 'role/reader', { permissions: ['host:read', 'cluster:read'] });
  expect((await ask('bob', 'GET', 'cluster/web')).status).toBe(200);
  expect((await ask('lead', 'DELETE', 'rolebinding/bob')).status).toBe(200);
  expectProblem(await ask('bob', 'GET', 'host/127.66.0.1'), 'forbidden');
});

test('a caller is told who it is, what it may and how far', async () => {
  await put('lead', 'role/reader', { permissions: ['host:read'] });
  await put('lead', 'rolebinding/bob', { ...bobReads, max_hosts: 5, max_percent: 25 });
  expect((await ask('bob', 'GET', 'whoami')).body).toEqual({
    name: 'bob',
    method: 'httpbasicauth',
    subjects: ['user:bob'],
    roles: [{ role: 'reader', permissions: ['host:read'], clusters: ['web*'], max_hosts: 5, max_percent: 25 }],
  });
  await ask('lead', 'DELETE', 'rolebinding/bob');
  expect((await ask('bob', 'GET', 'whoami')).body).toMatchObject({ name: 'bob', roles: [] });
  const limited = { kind: 'automation', lifetime: 60, roles: ['lead'], clusters: ['web'] };
  const { id, token } = (await ask('lead', 'POST', 'tokens', limited)).body as { id: string; token: string };
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  expect((await server.request('GET', '/api/v0/whoami', undefined, bearer)).body).toMatchObject({
    name: 'lead',
    roles: [{ role: 'lead' }],
    token: { id, kind: 'automation', roles: [{ role: 'lead', clusters: ['web'] }] },
  });
  // The path is in self-auths: then there are callers whom nobody knows.
  expectProblem(await server.raw('GET', '/api/v0/whoami', { headers: { authorization: '' } }), 'credentials_required');
});

test('every role and binding is listed with where it comes from', async () => {
  await put('tester', 'rolebinding/more', { role: 'tied', subjects: ['group:x'] });
  const sources = async (path: string) => {
    const { body } = await ask('lead', 'GET', path);
    return (body as { name: string; source: string }[]).map(({ name, source }) => `${name} ${source}`);
  };
  expect(await sources('roles')).toEqual([
    'admin built_in',
    'lead configuration',
    'operator built_in',
    'registrar built_in',
    'tied configuration',
    'viewer built_in',
  ]);
  expect(await sources('rolebindings')).toEqual([
    'configuration-1 configuration',
    'configuration-2 configuration',
    'configuration-3 configuration',
    'more store',
  ]);
  expect((await ask('lead', 'GET', 'rolebinding/configuration-2')).body).toEqual({
    name: 'configuration-2',
    role: 'lead',
    subjects: ['user:lead'],
    source: 'configuration',
  });
});

describe('refused, and nothing is stored:', () => {
  const cases: [string, string, string, object | undefined, ProblemCode][] = [
    ['lead', 'PUT', 'rolebinding/own', { role: 'admin', subjects: ['user:lead'] }, 'wider_than_own'],
    ['lead', 'PUT', 'rolebinding/eve', { role: 'viewer', subjects: ['user:eve'] }, 'wider_than_own'],
    ['lead', 'PUT', 'rolebinding/eve', { role: 'viewer', subjects: ['user:eve'], clusters: ['web'] }, 'wider_than_own'],
    ['lead', 'PUT', 'role/reader', { permissions: ['host:read', 'credentials:read'] }, 'wider_than_own'],
    ['lead', 'PUT', 'rolebinding/bob', { role: 'absent', subjects: ['user:bob'] }, 'role_unknown'],
    ['lead', 'DELETE', 'role/reader', undefined, 'in_use'],
    ['lead', 'PUT', 'role/viewer', { permissions: [] }, 'role_fixed'],
    ['lead', 'PUT', 'role/tied', { permissions: [] }, 'role_fixed'],
    ['lead', 'PUT', 'role/none', { permissions: [] }, 'role_fixed'],
    ['lead', 'DELETE', 'role/lead', undefined, 'role_fixed'],
    ['lead', 'PUT', 'rolebinding/configuration-1', bobReads, 'role_fixed'],
    ['lead', 'PUT', 'rolebinding/configuration-77', bobReads, 'role_fixed'],
    ['lead', 'DELETE', 'rolebinding/configuration-2', undefined, 'role_fixed'],
    ['carol', 'PUT', 'role/new', { permissions: [] }, 'forbidden'],
    ['carol', 'GET', 'roles', undefined, 'forbidden'],
    ['bob', 'GET', 'rolebindings', undefined, 'forbidden'],
    ['bob', 'DELETE', 'rolebinding/bob', undefined, 'forbidden'],
  ];

  test.each(cases)('%s: %s %s %j is %s', async (who, method, path, body, code) => {
    await put('lead', 'role/reader', { permissions: ['host:read'] });
    await put('lead', 'rolebinding/bob', bobReads);
    const before = server.dump();
    expectProblem(await ask(who, method, path, body), code);
    expect(server.dump()).toBe(before);
  });
});

test('nobody loses the right to change roles by a slip', async () => {
  await put('tester', 'role/second', { permissions: ['role:write', 'role:read'] });
  await put('tester', 'rolebinding/bob', { role: 'second', subjects: ['user:bob'] });
  const before = server.dump();
  expectProblem(await ask('bob', 'PUT', 'role/second', { permissions: ['role:read'] }), 'own_access_lost');
  expectProblem(await ask('bob', 'DELETE', 'rolebinding/bob'), 'own_access_lost');
  expectProblem(await ask('bob', 'DELETE', 'rolebinding/bob?force=false'), 'own_access_lost');
  expect(server.dump()).toBe(before);
  expect((await ask('bob', 'DELETE', 'rolebinding/bob?force=true')).status).toBe(200);
  expectProblem(await ask('bob', 'GET', 'roles'), 'forbidden');
});

test('events say who changed which role and binding, and not what it allows', async () => {
  await put('lead', 'role/reader', { permissions: [] });
  await put('lead', 'role/reader', { permissions: ['host:read'] });
  await put('lead', 'rolebinding/bob', bobReads);
  await put('lead', 'rolebinding/bob', { ...bobReads, clusters: ['web1'] });
  await ask('lead', 'DELETE', 'rolebinding/bob');
  await ask('lead', 'DELETE', 'role/reader');
  const events = server.events().filter(({ name }) => name.startsWith('role'));
  expect(events.map(({ name }) => name)).toEqual([
    'role.created.reader',
    'role.updated.reader',
    'role_binding.created.bob',
    'role_binding.updated.bob',
    'role_binding.deleted.bob',
    'role.deleted.reader',
  ]);
  expect(events.map(({ data }) => data)).toEqual(events.map(() => ({ by: 'lead' })));
});
