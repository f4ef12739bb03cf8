import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createApi } from '../../src/api/app.ts';
import { noConnection } from '../../src/api/connection.ts';
import type { Services } from '../../src/api/context.ts';
import { routeRules } from '../../src/api/route-groups.ts';
import { createRoutes } from '../../src/api/routes.ts';
import { Trail } from '../../src/audit/trail.ts';
import { Access } from '../../src/auth/access.ts';
import { Authorizer } from '../../src/auth/authorizer.ts';
import { RoleChanges } from '../../src/auth/role-changes.ts';
import { adminGrant } from '../../src/auth/roles.ts';
import { siteBindings } from '../../src/auth/site-bindings.ts';
import { SiteCollection } from '../../src/auth/site-collection.ts';
import { siteRoles } from '../../src/auth/site-roles.ts';
import { TokenKeys } from '../../src/auth/tokens/keys.ts';
import { Tokens } from '../../src/auth/tokens/tokens.ts';
import { Events } from '../../src/events/events.ts';
import { DeadLetters } from '../../src/hooks/dead-letters.ts';
import { Clusters } from '../../src/inventory/clusters.ts';
import { ContainerManagers } from '../../src/inventory/container-managers.ts';
import { Hosts } from '../../src/inventory/hosts.ts';
import { Networks } from '../../src/inventory/networks.ts';
import { Nodes } from '../../src/inventory/nodes.ts';
import { Secrets } from '../../src/inventory/secrets.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { timeOrderedId as newId } from '../../src/lib/ids.ts';
import { Budgets } from '../../src/operations/budgets.ts';
import { Disruptions } from '../../src/operations/disruptions.ts';
import { Engine } from '../../src/operations/engine.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { Operations } from '../../src/operations/operations.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { SessionPool } from '../../src/ssh/pool.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { RecentLines } from '../../src/telemetry/log/recent-lines.ts';
import { Backups } from '../../src/upkeep/backup/backups.ts';
import { noStatus } from '../../src/upkeep/backup/status.ts';
import { recordingLogger } from '../auth/support.ts';
import { declaredRoutes } from '../support/routes.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('every route is in the table, and the table names no other', async () => {
  await using parts = await services();
  const { routes } = createRoutes(parts.services, () => new Response());
  const served = routes.map(({ method, path }) => `${method} ${path}`);
  expect(served.toSorted()).toEqual(routeRules.map(({ method, path }) => `${method} ${path}`).toSorted());
  expect(new Set(served).size).toBe(served.length);
});

test('the document describes the bodies and the queries that the routes check', async () => {
  await using parts = await services();
  const { routes } = createRoutes(parts.services, () => new Response());
  const checked = routes.map(({ method, path, hooks }) => ({
    route: `${method} ${path}`,
    body: written(hooks.body),
    query: written(hooks.query),
  }));
  const described = routes.map(({ method, path }) => {
    const route = `${method} ${path}`;
    return { route, body: written(declaredRoutes[route]?.body), query: written(declaredRoutes[route]?.query) };
  });
  expect(checked.filter(({ body, query }) => body !== undefined || query !== undefined).length).toBeGreaterThan(20);
  expect(described).toEqual(checked);
});

test('a route that the table does not name is not answered, not even to an administrator', async () => {
  await using parts = await services();
  const { handle } = createApi({
    services: parts.services,
    authentication: {
      challenges: [],
      authenticate: async () => identity,
    },
    accessOf: async () => access,
    endOfToken: () => new AbortController().signal,
    logger: recordingLogger(),
    clock,
    newId,
    routes: (served, fail) =>
      createRoutes(served, fail)
        .get('/api/v0/unlisted', () => 'open')
        .post('/api/v0/hosts', () => 'open'),
  });
  const statusOf = async (method: string, path: string) =>
    (await handle(new Request(`http://localhost${path}`, { method }), '127.0.0.1')).status;
  expect(await statusOf('GET', '/api/v0/unlisted')).toBe(404);
  expect(await statusOf('POST', '/api/v0/hosts')).toBe(405);
  expect(await statusOf('GET', '/api/v0/hosts')).toBe(200);
});

const identity = { name: 'root', method: 'test', subjects: [] };
const access = new Access([adminGrant]);

/** A schema as JSON, without what only its library knows. */
function written(schema: unknown): unknown {
  return schema === undefined ? undefined : JSON.parse(JSON.stringify(schema));
}

/** What the routes work with, over a real store. */
async function services(): Promise<AsyncDisposable & { services: Services }> {
  const directory = temporaryDirectory();
  const store = openLmdbStore({ directory: join(directory.path, 'data'), clock });
  const keys = await TokenKeys.open({ store, clock, newId });
  const { leases } = store;
  const hostKeys = new HostKeys(store, clock);
  const hosts = new Hosts(store, hostKeys, newId);
  const pool = new SessionPool({ hostKeys, clock });
  const target = (address: string) => hosts.target(address);
  const logger = recordingLogger();
  const containerManagers = new ContainerManagers(store, { logger, deadlineMs: 1_000 });
  const nodes = new Nodes({ store, leases, managers: containerManagers, clock, logger, firstPause: 1_000 });
  const disruptions = new Disruptions(store);
  const engine = new Engine({ store, leases, clock, newId, kinds: [], pool, disruptions, target, logger, nodes });
  const events = new Events({ store, clock, logger });
  const authorizer = new Authorizer(store, { roles: [], bindings: [], defaultRole: 'none' });
  const changes = new RoleChanges(store, authorizer);
  const audit = new Trail({ store, clock, logger, limit: 1_000 });
  return {
    services: {
      clock,
      backupSchedule: { status: async () => ({ ...noStatus, schedule: '', next_at: '', directory: '' }) },
      backups: new Backups({
        store,
        clock,
        logger,
        catalogue: [],
        installation: {
          dataDir: join(directory.path, 'data'),
          backupDirectory: join(directory.path, 'backups'),
          named: [],
          leftOut: [],
        },
      }),
      hosts,
      clusters: new Clusters(store, nodes, newId),
      networks: new Networks(store),
      containerManagers,
      nodes,
      whereabouts: {
        clusterOf: async () => undefined,
        clustersOfOperation: async () => [],
        everywhere: async () => new Map(),
      },
      apiDocument: async () => '{}',
      operations: new Operations(store, engine, clock),
      operationViews: new OperationViews(store, engine),
      budgets: new Budgets(store, disruptions),
      roles: new SiteCollection(siteRoles, { store, authorizer, changes }),
      roleBindings: new SiteCollection(siteBindings, { store, authorizer, changes }),
      events,
      tokens: new Tokens({ store, keys, clock, newId }),
      deadLetters: new DeadLetters(store),
      audit,
      secrets: new Secrets(store),
      rotateSecretKey: () => store.rotateKeys(),
      changePassphrase: (change) => store.changePassphrase(change),
      connectionOf: () => noConnection,
      callerOf: () => {
        const presentAccess = async () => access;
        return { identity, access, presentAccess, peer: '127.0.0.1', requestId: newId() };
      },
      unready: () => undefined,
      log: new RecentLines(),
      server: {
        facts: {
          startedAt: '2026-01-01T00:00:00.000Z',
          features: [],
          limits: {},
          dataDirectory: directory.path,
          configurationFile: undefined,
          counts: async () => ({}),
        },
        checks: async () => [],
        metrics: async () => ({ type: 'text/plain', text: '' }),
      },
    },
    async [Symbol.asyncDispose]() {
      events[Symbol.dispose]();
      await engine.stop();
      pool.close();
      await audit[Symbol.asyncDispose]();
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}
