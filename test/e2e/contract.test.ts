import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemsOf } from '../../src/api/openapi/problem-responses.ts';
import type { RouteRule } from '../../src/api/permissions.ts';
import { routeRules } from '../../src/api/route-groups.ts';
import { rulesFor } from '../../src/api/route-match.ts';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { silentPeer } from '../support/faulty-peer.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { startKubernetesApi } from '../support/kubernetes.ts';
import { declaredRoutes } from '../support/routes.ts';
import { authentication, manyUsers, nobodyAsked, withoutPlugins } from './contract/authentication.ts';
import { clusterMembers } from './contract/cluster-members.ts';
import { clusterOperations } from './contract/cluster-operations.ts';
import { clusterState } from './contract/cluster-state.ts';
import { clusters } from './contract/clusters.ts';
import { commonRules } from './contract/common-rules.ts';
import { containerManagers } from './contract/container-managers.ts';
import { hostRecords } from './contract/host-records.ts';
import { hostRegistration } from './contract/host-registration.ts';
import { hosts } from './contract/hosts.ts';
import { networks } from './contract/networks.ts';
import { contractRoutes } from './contract/routes.ts';
import type { Ask, Row } from './contract/row.ts';
import { Site } from './contract/site.ts';

const token = 'token-of-the-tests';
const silent = await silentPeer();
const fleet = await withSshdFleet(1);
const api = await startKubernetesApi({ token });
afterAll(async () => {
  api[Symbol.dispose]();
  await fleet[Symbol.asyncDispose]();
  await silent[Symbol.asyncDispose]();
});

const [sshd = { address: '', port: 0 }] = fleet.hosts;
const machine = { ...sshd, user: fleet.user, key: readFileSync(fleet.key).toString('base64') };

interface Chapter {
  readonly about: string;
  readonly rows: readonly Row[];
  readonly configure?: (dataDir: string) => void;
}

const chapters: readonly Chapter[] = [
  {
    about: 'hosts',
    rows: [...hosts({ url: api.url, authority: api.authority, token }), ...hostRegistration(machine), ...hostRecords],
  },
  { about: 'clusters', rows: [...clusters, ...clusterMembers, ...clusterState] },
  { about: 'cluster operations', rows: clusterOperations(silent) },
  { about: 'networks', rows: networks },
  { about: 'container managers', rows: containerManagers },
  { about: 'what all routes have in common', rows: commonRules },
  { about: 'who may call', rows: authentication, configure: manyUsers },
  { about: 'who may call a server without plugins', rows: withoutPlugins, configure: nobodyAsked },
];

describe.each(chapters)('the contract on $about', ({ rows, configure }) => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open(configure);
  });
  afterAll(async () => {
    expect(site.faults).toEqual([]);
    await site[Symbol.asyncDispose]();
  });

  const named = rows.map((row) => [row.section, row.method, row.path, row.says, row] as const);

  test.each(named)('%s: %s %s: %s', async (...[, , , , row]) => {
    await site.hold(row);
  });
});

describe('the rows', () => {
  const rows = chapters.flatMap((chapter) => chapter.rows);
  const rowsOf = Map.groupBy(rows, (row) => ruleOf(row));

  /** No row brings these about: they take a fault, a full disk, a server that ends, many callers, or a token, which the original had none of. */
  const beyondRows: readonly ProblemCode[] = [
    'internal_error',
    'store_full',
    'shutting_down',
    'conflict',
    'too_many_attempts',
    'too_many_requests',
    'not_audited',
    'registrations_used_up',
  ];

  test('know thirty routes, as the contract does', () => {
    expect(new Set(contractRoutes.map(ruleOf)).size).toBe(30);
    expect(contractRoutes.map(ruleOf)).not.toContain(undefined);
  });

  // A route that is new at such a path belongs into the contract's list or into this one.
  test('leave out what has come to the paths of the contract since', () => {
    const paths = new Set(contractRoutes.map((route) => ruleOf(route)?.path));
    const contract = new Set(contractRoutes.map(ruleOf));
    const since = routeRules.filter((rule) => paths.has(rule.path) && !contract.has(rule));
    expect(since.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PATCH /api/v0/host/:address',
      'PUT /api/v0/host/:address/creds',
      'PATCH /api/v0/cluster/:name',
      'PATCH /api/v0/containermanager/:name',
    ]);
  });

  const routes = contractRoutes.map((route) => [`${route.section} ${route.method} ${route.path}`, route] as const);

  test.each(routes)('of %s: success, and each failure that is documented', (_, route) => {
    const rule = ruleOf(route);
    if (rule === undefined) throw new Error('there is no such route');
    const asked = rowsOf.get(rule) ?? [];
    expect(asked.filter((row) => row.status === route.status && 'answer' in row)).not.toEqual([]);
    const failures = asked.flatMap((row) => ('problem' in row ? [row.problem] : []));
    expect(documented(rule).filter((code) => !failures.includes(code) && !beyondRows.includes(code))).toEqual([]);
  });
});

function ruleOf({ method, path }: Pick<Ask, 'method' | 'path'>): RouteRule | undefined {
  const pathname = path.replace(/\?.*$/, '').replace(/\/$/, '');
  return rulesFor(pathname).find((rule) => rule.method === method);
}

function documented(rule: RouteRule): ProblemCode[] {
  const route = declaredRoutes[`${rule.method} ${rule.path}`];
  if (route === undefined) throw new Error(`${rule.method} ${rule.path} is not declared`);
  return problemsOf(route);
}
