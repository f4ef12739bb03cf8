import { auditRoutes } from './audit.ts';
import { backupRoutes } from './backups.ts';
import { budgetRoutes } from './budgets.ts';
import { clusterOperationRoutes } from './cluster-operations.ts';
import { clusterRoutes } from './clusters.ts';
import { containerManagerRoutes } from './container-managers.ts';
import { eventRoutes } from './events.ts';
import { hostRoutes } from './hosts.ts';
import { logRoutes } from './logs.ts';
import { networkRoutes } from './networks.ts';
import { operationRoutes } from './operations.ts';
import type { RouteRule } from './permissions.ts';
import { roleRoutes } from './roles.ts';
import type { Route, RouteGroup } from './route-group.ts';
import { secretRoutes } from './secrets.ts';
import { serverRoutes } from './server.ts';
import { systemRoutes } from './system.ts';
import { tokenRoutes } from './tokens.ts';

/** In the order of the API document. A new noun is added here. */
export const routeGroups: readonly RouteGroup[] = [
  hostRoutes,
  clusterRoutes,
  clusterOperationRoutes,
  operationRoutes,
  budgetRoutes,
  roleRoutes,
  networkRoutes,
  containerManagerRoutes,
  tokenRoutes,
  eventRoutes,
  auditRoutes,
  secretRoutes,
  serverRoutes,
  logRoutes,
  backupRoutes,
  systemRoutes,
];

/** Every route. The server answers no others. */
export const routes: readonly Route[] = routeGroups.flatMap(({ routes }) => routes);

/** The permissions of all routes. `test/api/permission-table.txt` shows them as one table for review. */
export const routeRules: readonly RouteRule[] = routes.map((route) => {
  const { method, path, permission } = route;
  if (permission === 'public' || permission === 'authenticated') return { method, path, permission };
  const { about, forRegistration } = route;
  return { method, path, permission, about, ...(forRegistration === true ? { forRegistration } : {}) };
});
