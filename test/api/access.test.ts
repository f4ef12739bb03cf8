import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, importHost } from './support.ts';

const open = '/api/v0/host/127.66.0.9';
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ selfAuths: [open], onAnswer: expectDocumented });
  await importHost(server, '127.66.0.1');
});
afterAll(() => server[Symbol.asyncDispose]());

const nobody = { headers: { authorization: '' } };
const stranger = { headers: { authorization: `Basic ${Buffer.from('tester:wrong').toString('base64')}` } };
const pathOf = (path: string) =>
  path.replace(':address', '127.66.0.1').replace(':name', 'c1').replace(':id', 'x').replace(/log$/, 'log?host=h');

describe('who may not', () => {
  const guarded = routeRules.filter(({ permission }) => permission !== 'public');

  test.each(guarded)('$method $path asks for credentials, and for good ones', async ({ method, path }) => {
    const before = server.dump();
    const without = await server.raw(method, pathOf(path), nobody);
    expectProblem(without, 'credentials_required');
    expect(without.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    const refused = await server.raw(method, pathOf(path), stranger);
    expectProblem(refused, 'credentials_refused');
    expect(refused.headers.get('www-authenticate')).toBeNull();
    expect(server.dump()).toBe(before);
  });

  const open = routeRules.filter(({ permission }) => permission === 'public');

  test.each(open)('$method $path is for everybody', async ({ method, path }) => {
    const page = path.replace(':page', 'index.html');
    const status = path === '/manual' ? 302 : 200;
    expect((await server.raw(method, page, nobody)).status).toBe(status);
    expect((await server.raw(method, page, stranger)).status).toBe(status);
    expect((await server.raw('HEAD', page, nobody)).status).toBe(status);
  });
});

describe('what is asked first', () => {
  const large = 'x'.repeat(2 * 1024 * 1024);
  const cases: Array<[string, string, string, { headers?: Record<string, string>; body?: string }, ProblemCode]> = [
    ['nonsense, unknown caller', 'GET', '/api/v0/nonsense', nobody, 'credentials_required'],
    ['nonsense, wrong password', 'GET', '/api/v0/nonsense', stranger, 'credentials_refused'],
    ['nonsense, known caller', 'GET', '/api/v0/nonsense', {}, 'route_not_found'],
    ['wrong verb, unknown caller', 'PATCH', '/api/v0/hosts', nobody, 'credentials_required'],
    ['wrong verb, known caller', 'PATCH', '/api/v0/hosts', {}, 'method_not_allowed'],
    ['wrong verb at a public path', 'PUT', '/livez', nobody, 'credentials_required'],
    ['undecodable, unknown caller', 'GET', '/api/v0/host/%zz', nobody, 'credentials_required'],
    ['bad body, unknown caller', 'PUT', '/api/v0/cluster/c1', { ...nobody, body: '[' }, 'credentials_required'],
    ['large body, unknown caller', 'PUT', '/api/v0/cluster/c1', { ...nobody, body: large }, 'credentials_required'],
    ['bad body and address', 'PUT', '/api/v0/host/a%20b', { body: '[' }, 'invalid_body'],
    ['a self-auth path has no rights', 'GET', open, nobody, 'forbidden'],
    ['nor to write', 'PUT', open, { ...nobody, body: '{}' }, 'forbidden'],
    ['nor to import', 'PUT', `${open}?import=true`, { ...nobody, body: '{}' }, 'forbidden'],
    ['nor for a stranger', 'GET', open, stranger, 'forbidden'],
    ['it is compared exactly', 'GET', `${open}/`, nobody, 'credentials_required'],
    ['and keeps the rights of others', 'GET', open, {}, 'host_not_found'],
    ['the original’s override of the verb is none', 'GET', '/api/v0/host/127.66.0.8?_method=PUT', {}, 'host_not_found'],
  ];

  test.each(cases)('%s: %s %s', async (_, method, path, options, code) => {
    const before = server.dump();
    expectProblem(await server.raw(method, path, options), code);
    expect(server.dump()).toBe(before);
  });
});

describe('verbs', () => {
  const verbs = ['GET', 'PUT', 'DELETE', 'POST', 'PATCH', 'TRACE', 'PROPFIND'];
  const paths = [...new Set(routeRules.map(({ path }) => path))].map((path) => {
    const known: string[] = routeRules.filter((rule) => rule.path === path).map(({ method }) => method);
    const allow = [...known, ...(known.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
    return { path, allow, unknown: verbs.filter((verb) => !known.includes(verb)) };
  });

  test.each(paths)('$path allows $allow', async ({ path, allow, unknown }) => {
    const options = await server.raw('OPTIONS', pathOf(path), nobody);
    expect([options.status, options.headers.get('allow'), options.text]).toEqual([204, allow, '']);
    const patches = allow.includes('PATCH') ? 'application/merge-patch+json, application/json-patch+json' : null;
    expect(options.headers.get('accept-patch')).toBe(patches);
    for (const verb of unknown) {
      const answer = await server.raw(verb, pathOf(path));
      expectProblem(answer, 'method_not_allowed');
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });

  test.each(['/api/v0/hosts', '/api/v0/host/127.66.0.1', '/livez', '/api/v0/host/127.66.0.1/creds'])(
    'HEAD %s is a GET without its body',
    async (path) => {
      const [head, get] = [await server.raw('HEAD', path), await server.raw('GET', path)];
      expect([head.status, head.text]).toEqual([200, '']);
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
      expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.text)));
    },
  );

  test('HEAD tells what GET would', async () => {
    const missing = await server.raw('HEAD', '/api/v0/host/127.66.9.9');
    expect([missing.status, missing.text]).toEqual([404, '']);
    expect((await server.raw('HEAD', '/api/v0/hosts', nobody)).status).toBe(401);
  });

  test('OPTIONS does not say what is stored, nor what is not there', async () => {
    const answers = ['/api/v0/host/127.66.0.1', '/api/v0/host/127.66.9.9'].map((path) => server.raw('OPTIONS', path));
    const [there, absent] = await Promise.all(answers);
    expect(there?.headers.get('allow')).toBe(absent?.headers.get('allow'));
    expect((await server.raw('OPTIONS', '/api/v0/nonsense')).headers.get('allow')).toBe('OPTIONS');
  });

  test.each(['{}', '{broken', 'x'.repeat(2 * 1024 * 1024)])('GET with a body is a GET', async (body) => {
    expect((await server.raw('GET', '/api/v0/hosts', { body })).status).toBe(200);
  });
});

describe('ways to write a path', () => {
  const cases: Array<[string, number]> = [
    ['/api/v0/hosts', 200],
    ['/api/v0/hosts/', 200],
    ['/api/v0/hosts//', 404],
    ['/api/v0//hosts', 404],
    ['//api/v0/hosts', 200],
    ['//api/v0/hosts/', 200],
    ['///api/v0/hosts', 404],
    ['//api/v0/secrets/nothing-here', 404],
    ['//', 404],
    ['/API/v0/hosts', 404],
    ['/api/v0/h%6fsts', 404],
    ['/api/v0/hosts%2f', 404],
    ['/api/v0/host/127.66.0.1/', 200],
    ['/api/v0/host/127.66.0.1/creds/', 200],
    ['/api/v0/host/127.66.0.1/creds//', 404],
    ['/api/v0/host/127%2e66.0.1', 200],
    ['/api/v0/host/127.66.0.1.', 400],
    ['/api/v0/host/::ffff:127.66.0.1', 200],
    ['/api/v0/host/%3A%3Affff%3A7f42%3A1', 200],
    ['/api/v0/hosts?', 200],
    // A list takes no parameter that it does not know, and other routes look at none.
    ['/api/v0/hosts?%zz=%zz', 400],
    ['/api/v0/host/127.66.0.1?%zz=%zz', 200],
    ['/api/v0/hosts#fragment', 200],
    ['http://elsewhere.example/api/v0/hosts', 200],
    ['/', 404],
  ];

  test.each(cases)('%s is %i', async (path, status) => {
    expect((await server.raw('GET', path)).status).toBe(status);
  });

  const hosts: Array<[string, number]> = [
    ['x', 200],
    ['jmp', 200],
    ['a:1', 200],
    ['jump1.example.com:8000', 200],
    ['[::1]:8000', 200],
    ['a b', 200],
    ['192.0.2.255:59999', 200],
    ['192.0.2.7:65535', 200],
    ['%%%', 400],
    ['192.0.2.256', 400],
    ['08.0.2.7', 400],
    ['jump1:65536', 400],
    ['xn--a', 400],
  ];

  test.each(hosts)('at the host %s: %i', async (host, status) => {
    const answer = await server.raw('GET', '/api/v0/hosts', { headers: { host } });
    expect(answer.status).toBe(status);
    if (status === 400) expectProblem(answer, 'invalid_url');
  });
});

test('nothing of all this was a fault', () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
});

test.each([
  ['GET', '/api/v0/hosts', 200],
  ['HEAD', '/api/v0/hosts', 200],
  ['POST', '/api/v0/tokens', 201],
  ['GET', '/api/v0/host/127.66.9.9', 404],
  ['GET', '/nothing', 404],
])('no cache keeps the answer to %s %s', async (method, path, status) => {
  const answer = await server.request(method, path, method === 'POST' ? {} : undefined);
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, 'no-store']);
});
