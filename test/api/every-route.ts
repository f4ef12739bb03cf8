import { expect } from 'vitest';
import type { GuardedRule, OpenRule, RouteRule } from '../../src/api/permissions.ts';
import { routeRules } from '../../src/api/route-groups.ts';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { holders } from '../support/holders.ts';
import { declaredRoutes } from '../support/routes.ts';
import type { RequestOptions, TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

/** Every route, as a request that only its caller can make wrong, and what each role may of them. */

export const roles = ['viewer', 'elsewhere', 'operator', 'registrar', 'admin'] as const;
export type Role = (typeof roles)[number];

export const [address, name] = ['127.66.0.1', 'c1'];
/** What the paths of the table name. */
export interface Site {
  /** The id of an operation that has ended. */
  readonly operation: string;
  /** The id of a session of whoever made the site. */
  readonly token: string;
  /** That session as a credential. */
  readonly session: string;
}

/** A cluster with a host, another, and a host of no cluster: all that the requests are about. */
export async function makeSite(server: TestServer): Promise<Site> {
  await makeCluster(server, name, address);
  await makeCluster(server, 'other', '127.66.0.2');
  await importHost(server, '127.66.0.3');
  const body = { kind: 'exec', target: `cluster:${name}`, parameters: { command: 'true' } };
  const started = await server.request('POST', '/api/v0/operations', body);
  await until(async () => {
    const { body } = await server.request('GET', '/api/v0/operations?status=In(in_process,waiting)');
    return Array.isArray(body) && body.length === 0;
  });
  const { id: operation } = started.body as { id: string };
  const { id: token, token: session } = await mint(server, { kind: 'session' });
  return { operation, token, session };
}

export async function mint(server: TestServer, body: object): Promise<{ id: string; token: string }> {
  const answer = await server.request('POST', '/api/v0/tokens', body);
  expect(answer.status).toBe(201);
  return answer.body as { id: string; token: string };
}

/** Bodies that name what the site has. The other routes get the example of their declaration. */
const bodies: Record<string, object> = {
  'PUT /api/v0/host': { cluster: name },
  'PUT /api/v0/host/:address': { cluster: name },
  'PUT /api/v0/host/:address/hostkey': { fingerprint: `SHA256:${'A'.repeat(43)}` },
  'PUT /api/v0/cluster/:name/hosts': { old: [address], new: [address] },
  'PUT /api/v0/cluster/:name/deploy': { version: '1' },
  'POST /api/v0/operations': { kind: 'exec', target: `cluster:${name}`, parameters: { command: 'true' } },
  'POST /api/v0/operation/:id/skip': { host: address },
};

const queries: Record<string, string> = {
  'GET /api/v0/events': '?follow=false',
  'GET /api/v0/operation/:id/log': `?host=${address}`,
};

/** The request of a route that is right in all but perhaps the caller. */
export function requestOf(rule: RouteRule, { operation, token }: Site): { path: string; body?: string } {
  const route = `${rule.method} ${rule.path}`;
  const path = rule.path
    .replace(':address', address)
    .replace(':name', name)
    .replace(':id', operation)
    .replace(':token', token)
    .replace(':page', 'index.html')
    .replace(':secret', 'absent');
  const sent = { path: path + (queries[route] ?? '') };
  if (rule.method === 'GET' || rule.method === 'DELETE') return sent;
  return { ...sent, body: JSON.stringify(bodies[route] ?? declaredRoutes[route]?.bodyExample ?? {}) };
}

/** Nobody who cannot show good credentials, or may not do it, gets through: neither by GET nor by HEAD, and nothing is changed. */
export async function expectRefused(
  server: TestServer,
  rule: RouteRule,
  site: Site,
  { code, ...caller }: { code: ProblemCode } & RequestOptions,
): Promise<void> {
  const before = server.dump();
  const { path, ...body } = requestOf(rule, site);
  const answer = await server.raw(rule.method, path, { ...caller, ...body });
  expectProblem(answer, code);
  if (rule.method === 'GET') {
    const head = await server.raw('HEAD', path, caller);
    expect([head.status, head.text]).toEqual([answer.status, '']);
  }
  expect(server.dump()).toBe(before);
}

/** What else may be wrong, the caller is not: nor does a route end in a fault of the server. */
export async function expectLetThrough(
  server: TestServer,
  rule: RouteRule,
  site: Site,
  caller: RequestOptions,
): Promise<void> {
  const { path, ...body } = requestOf(rule, site);
  const answer = await server.raw(rule.method, path, { ...caller, ...body });
  const { code } = (answer.body ?? {}) as { code?: string };
  expect(['forbidden', 'credentials_required', 'credentials_refused', 'too_many_attempts']).not.toContain(code);
  expect(answer.status).toBeLessThan(500);
}

/** Whether the request of a role is let through. */
export function isAllowed(role: Role, rule: GuardedRule | OpenRule): boolean {
  if (role === 'admin') return true;
  // The token in the path is that of the administrator.
  if (rule.permission === 'authenticated') return !rule.path.includes(':token');
  const { permission, about } = rule;
  if (role !== 'elsewhere') return holders[permission].includes(role);
  return holders[permission].includes('operator') && (about === 'list' || about === 'anything');
}

export const guarded = routeRules.filter((rule) => rule.permission !== 'public');
