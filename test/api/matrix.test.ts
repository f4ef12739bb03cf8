import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GuardedRule, type OpenRule, type RouteRule, routeRules } from '../../src/api/permissions.ts';
import type { Permission } from '../../src/auth/permissions.ts';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { basicOf, startServer, type TestServer, usersNamed } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { type ForgedTokens, forgeTokens } from '../support/token-forge.ts';
import { until } from '../support/until.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

/** Every route with every kind of caller. */

const roles = ['viewer', 'elsewhere', 'operator', 'registrar', 'admin'] as const;
type Role = (typeof roles)[number];

/**
 * Which of the built-in roles have a permission, beside `admin`, who has all: written down a second time, by hand, so that
 * nobody gets one by a slip in the code.
 */
const holders: Record<Permission, readonly Role[]> = {
  'host:read': ['viewer', 'operator'],
  'host:register': ['operator', 'registrar'],
  'host:write': ['operator'],
  'credentials:read': [],
  'credentials:write': [],
  'host_key:write': [],
  'cluster:read': ['viewer', 'operator'],
  'cluster:write': [],
  'member:write': ['operator'],
  'network:read': ['viewer', 'operator'],
  'network:write': [],
  'container_manager:read': ['viewer', 'operator'],
  'container_manager:write': [],
  'operation:read': ['viewer', 'operator'],
  'operation:run': ['operator'],
  'budget:read': ['viewer', 'operator'],
  'budget:write': [],
  'event:read': ['viewer', 'operator'],
  'event:write': ['operator'],
  'record:import': [],
  'role:read': [],
  'role:write': [],
  'status:read': ['viewer', 'operator'],
  'token:read': [],
  'token:write': [],
  'token_key:write': [],
  'audit:read': [],
  'secret_key:write': [],
  'secret:read': [],
  'secret:write': [],
};

const [address, name] = ['127.66.0.1', 'c1'];
let id = '';
let server: TestServer;
let forged: ForgedTokens = {};
let [adminToken, revoked, registration] = ['', '', ''];
const directory = temporaryDirectory();

beforeAll(async () => {
  server = await startServer({
    directory: directory.path,
    onAnswer: expectDocumented,
    configuration: {
      'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed('tester', ...roles) }],
      'default-role': 'none',
      'role-bindings': [
        { role: 'admin', subjects: ['user:tester', 'user:admin'] },
        { role: 'viewer', subjects: ['user:viewer'] },
        { role: 'operator', subjects: ['user:operator'] },
        { role: 'operator', subjects: ['user:elsewhere'], clusters: ['other*'] },
        { role: 'registrar', subjects: ['user:registrar'] },
      ],
    },
  });
  await makeCluster(server, name, address);
  await makeCluster(server, 'other', '127.66.0.2');
  await importHost(server, '127.66.0.3');
  const body = { kind: 'exec', target: `cluster:${name}`, parameters: { command: 'true' } };
  const started = await server.request('POST', '/api/v0/operations', body);
  ({ id } = started.body as { id: string });
  await until(async () => {
    const { body } = await server.request('GET', '/api/v0/operations?status=In(in_process,waiting)');
    return Array.isArray(body) && body.length === 0;
  });
  const minted = await mint({ kind: 'session' });
  adminToken = minted.id;
  forged = await forgeTokens(join(directory.path, 'data'), minted.token);
  const ended = await mint({ kind: 'automation', lifetime: 3_600 });
  await server.request('DELETE', `/api/v0/token/${ended.id}`);
  revoked = ended.token;
  registration = (await mint({ kind: 'registration', cluster: name, lifetime: 600, max_hosts: 1 })).token;
});

async function mint(body: object): Promise<{ id: string; token: string }> {
  const answer = await server.request('POST', '/api/v0/tokens', body);
  expect(answer.status).toBe(201);
  return answer.body as { id: string; token: string };
}
afterAll(async () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

/** What would do, so that only the caller can be what is refused. Of routes that take no body, or an empty one, nothing. */
const bodies: Record<string, object> = {
  'PUT /api/v0/host': { cluster: name },
  'PUT /api/v0/host/:address': { cluster: name },
  'PUT /api/v0/host/:address/hostkey': { fingerprint: `SHA256:${'A'.repeat(43)}` },
  'PUT /api/v0/cluster/:name/hosts': { old: [address], new: [address] },
  'PUT /api/v0/cluster/:name/deploy': { version: '1' },
  'POST /api/v0/operations': { kind: 'exec', target: `cluster:${name}`, parameters: { command: 'true' } },
  'POST /api/v0/operation/:id/skip': { host: address },
  'PUT /api/v0/budget/:name': { target: 'all', max_down: 1 },
  'PUT /api/v0/role/:name': { permissions: [] },
  'PUT /api/v0/rolebinding/:name': { role: 'viewer', subjects: ['user:a'] },
  'POST /api/v0/events': { type: 'user' },
};

const queries: Record<string, string> = {
  'GET /api/v0/events': '?follow=false',
  'GET /api/v0/operation/:id/log': `?host=${address}`,
};

interface Sent {
  method: string;
  path: string;
  options: { headers: Record<string, string>; body?: string };
}

/** @param authorization empty for none */
function sent(rule: RouteRule, authorization: string, method: string = rule.method): Sent {
  const route = `${rule.method} ${rule.path}`;
  const path = rule.path
    .replace(':address', address)
    .replace(':name', name)
    .replace(':id', id)
    .replace(':token', adminToken)
    .replace(':secret', 'absent');
  const body = rule.method === 'GET' || rule.method === 'DELETE' ? undefined : JSON.stringify(bodies[route] ?? {});
  const headers = { authorization };
  return { method, path: path + (queries[route] ?? ''), options: body === undefined ? { headers } : { headers, body } };
}

async function expectRefused(rule: RouteRule, authorization: string, code: ProblemCode): Promise<void> {
  const before = server.dump();
  const { method, path, options } = sent(rule, authorization);
  const answer = await server.raw(method, path, options);
  expectProblem(answer, code);
  if (method === 'GET') {
    const head = await server.raw('HEAD', path, options);
    expect([head.status, head.text]).toEqual([answer.status, '']);
  }
  expect(server.dump()).toBe(before);
}

/** Whether the request of a role is let through. */
function isAllowed(role: Role, rule: GuardedRule | OpenRule): boolean {
  if (role === 'admin') return true;
  // The token in the path is that of the administrator.
  if (rule.permission === 'authenticated') return !rule.path.includes(':token');
  const { permission, about } = rule;
  if (role !== 'elsewhere') return holders[permission].includes(role);
  return holders[permission].includes('operator') && (about === 'list' || about === 'anything');
}

const guarded = routeRules.filter((rule) => rule.permission !== 'public');
const strangers: [string, () => string, ProblemCode][] = [
  ['no credentials', () => '', 'credentials_required'],
  ['another scheme', () => 'Digest username="admin"', 'credentials_required'],
  ['a wrong password', () => `Basic ${Buffer.from('admin:wrong').toString('base64')}`, 'credentials_refused'],
  ['an unknown user', () => `Basic ${Buffer.from('nobody:wrong').toString('base64')}`, 'credentials_refused'],
];

const wrongTokens = [
  'is expired',
  'is not valid yet',
  'is for another audience',
  'has no audience',
  'has no expiry',
  'has no id',
  'has an id that there is not',
  'is of somebody else',
  'is of another type',
  'is signed by nobody (alg none)',
  'is signed with the public key (HS256)',
  'is signed with the public key as text (HS256)',
  'is signed by RSA',
  'is signed with a foreign key',
  'is signed with a key that there is not',
  'has another claim under the same signature',
];

describe.each(wrongTokens)('with a token that %s', (what) => {
  test.each(guarded)('$method $path is credentials_refused', (rule) => {
    const token = forged[what];
    if (token === undefined) throw new Error(`there is no token that ${what}`);
    return expectRefused(rule, `Bearer ${token}`, 'credentials_refused');
  });
});

describe('with a token that was revoked', () => {
  test.each(guarded)('$method $path is credentials_refused', (rule) =>
    expectRefused(rule, `Bearer ${revoked}`, 'credentials_refused'),
  );
});

describe('with a registration token', () => {
  const others = guarded.filter(({ method, path }) => `${method} ${path}` !== 'PUT /api/v0/host');
  test.each(others)('$method $path is forbidden', (rule) => expectRefused(rule, `Bearer ${registration}`, 'forbidden'));
});

describe.each(strangers)('with %s', (_, authorization, code) => {
  test.each(guarded)(`$method $path is ${code}`, (rule) => expectRefused(rule, authorization(), code));
});

const limited = roles.filter((role) => role !== 'admin');

describe.each(limited)('%s', (role) => {
  const refused = guarded.filter((rule) => !isAllowed(role, rule));
  test.each(refused)('is refused $method $path', (rule) => expectRefused(rule, basicOf(role), 'forbidden'));
});

// What changes something comes after all that must not.
describe.each(roles)('%s', (role) => {
  const allowed = guarded.filter((rule) => isAllowed(role, rule));
  test.each(allowed)('is let through to $method $path', async (rule) => {
    const { method, path, options } = sent(rule, basicOf(role));
    const { status, body } = await server.raw(method, path, options);
    const { code } = (body ?? {}) as { code?: string };
    expect(['forbidden', 'credentials_required', 'credentials_refused', 'too_many_attempts']).not.toContain(code);
    expect(status).toBeLessThan(500);
  });
});
