import type { Permission } from '../auth/permissions.ts';

/**
 * What a request is about, when it comes to callers who may something for some clusters only.
 *
 * - `site`: more than one cluster; the permission must be there without a limit to clusters
 * - `host`, `cluster`, `operation`: the one in the path; the permission must hold for its cluster, or all of its clusters
 * - `list`: the route leaves out what the permission does not hold for
 * - `body`: what the body names; the route looks at that
 * - `anything`: nothing that belongs to a cluster
 */
export type About = 'site' | 'host' | 'cluster' | 'operation' | 'list' | 'body' | 'anything';

export interface PublicRule {
  method: 'GET' | 'PUT' | 'DELETE' | 'POST' | 'PATCH';
  path: string;
  /** No credentials at all are needed. */
  permission: 'public';
}

export interface OpenRule extends Omit<PublicRule, 'permission'> {
  /** Any credentials will do; the route itself looks at what belongs to whom. */
  permission: 'authenticated';
}

export interface GuardedRule extends Omit<PublicRule, 'permission'> {
  permission: Permission;
  about: About;
  /** Whether a registration token may do it, which may do nothing else. */
  forRegistration?: true;
}

export type RouteRule = PublicRule | OpenRule | GuardedRule;

const v0 = '/api/v0';

/**
 * Who may do what: every route there is, and nothing that is not in here is answered. Reviewed as one table.
 */
export const routeRules: readonly RouteRule[] = [
  { method: 'GET', path: '/livez', permission: 'public' },
  { method: 'GET', path: '/readyz', permission: 'public' },
  { method: 'GET', path: '/version', permission: 'public' },
  // Nothing in these is a secret: they say what the source says, and a browser reads them before anybody has logged in.
  { method: 'GET', path: '/openapi.json', permission: 'public' },
  { method: 'GET', path: '/docs', permission: 'public' },
  { method: 'GET', path: '/docs/viewer.js', permission: 'public' },
  { method: 'GET', path: '/docs/swagger-ui-bundle.js', permission: 'public' },
  { method: 'GET', path: '/docs/swagger-ui.css', permission: 'public' },
  { method: 'GET', path: `${v0}/status`, permission: 'status:read', about: 'anything' },

  { method: 'GET', path: `${v0}/hosts`, permission: 'host:read', about: 'list' },
  { method: 'PUT', path: `${v0}/host`, permission: 'host:register', about: 'body', forRegistration: true },
  { method: 'GET', path: `${v0}/host/:address`, permission: 'host:read', about: 'host' },
  { method: 'PUT', path: `${v0}/host/:address`, permission: 'host:register', about: 'body' },
  { method: 'DELETE', path: `${v0}/host/:address`, permission: 'host:write', about: 'host' },
  { method: 'GET', path: `${v0}/host/:address/status`, permission: 'host:read', about: 'host' },
  { method: 'GET', path: `${v0}/host/:address/labels`, permission: 'host:read', about: 'host' },
  { method: 'PUT', path: `${v0}/host/:address/labels`, permission: 'host:write', about: 'host' },
  { method: 'PATCH', path: `${v0}/host/:address/labels`, permission: 'host:write', about: 'host' },
  { method: 'GET', path: `${v0}/host/:address/creds`, permission: 'credentials:read', about: 'host' },
  { method: 'PUT', path: `${v0}/host/:address/creds`, permission: 'credentials:write', about: 'host' },
  { method: 'GET', path: `${v0}/host/:address/hostkey`, permission: 'host:read', about: 'host' },
  { method: 'PUT', path: `${v0}/host/:address/hostkey`, permission: 'host_key:write', about: 'host' },

  { method: 'GET', path: `${v0}/clusters`, permission: 'cluster:read', about: 'list' },
  { method: 'GET', path: `${v0}/cluster/:name`, permission: 'cluster:read', about: 'cluster' },
  { method: 'PUT', path: `${v0}/cluster/:name`, permission: 'cluster:write', about: 'cluster' },
  { method: 'PATCH', path: `${v0}/cluster/:name`, permission: 'cluster:write', about: 'cluster' },
  { method: 'DELETE', path: `${v0}/cluster/:name`, permission: 'cluster:write', about: 'cluster' },
  { method: 'GET', path: `${v0}/cluster/:name/hosts`, permission: 'cluster:read', about: 'cluster' },
  { method: 'PUT', path: `${v0}/cluster/:name/hosts`, permission: 'member:write', about: 'cluster' },
  { method: 'GET', path: `${v0}/cluster/:name/hosts/:address`, permission: 'cluster:read', about: 'cluster' },
  { method: 'PUT', path: `${v0}/cluster/:name/hosts/:address`, permission: 'member:write', about: 'cluster' },
  { method: 'DELETE', path: `${v0}/cluster/:name/hosts/:address`, permission: 'member:write', about: 'cluster' },

  { method: 'GET', path: `${v0}/networks`, permission: 'network:read', about: 'anything' },
  { method: 'GET', path: `${v0}/network/:name`, permission: 'network:read', about: 'anything' },
  { method: 'PUT', path: `${v0}/network/:name`, permission: 'network:write', about: 'site' },
  { method: 'DELETE', path: `${v0}/network/:name`, permission: 'network:write', about: 'site' },

  { method: 'GET', path: `${v0}/containermanagers`, permission: 'container_manager:read', about: 'anything' },
  { method: 'GET', path: `${v0}/containermanager/:name`, permission: 'container_manager:read', about: 'anything' },
  { method: 'PUT', path: `${v0}/containermanager/:name`, permission: 'container_manager:write', about: 'site' },
  { method: 'PATCH', path: `${v0}/containermanager/:name`, permission: 'container_manager:write', about: 'site' },
  { method: 'DELETE', path: `${v0}/containermanager/:name`, permission: 'container_manager:write', about: 'site' },

  { method: 'GET', path: `${v0}/cluster/:name/restart`, permission: 'operation:read', about: 'cluster' },
  { method: 'PUT', path: `${v0}/cluster/:name/restart`, permission: 'operation:run', about: 'cluster' },
  { method: 'GET', path: `${v0}/cluster/:name/upgrade`, permission: 'operation:read', about: 'cluster' },
  { method: 'PUT', path: `${v0}/cluster/:name/upgrade`, permission: 'operation:run', about: 'cluster' },
  { method: 'GET', path: `${v0}/cluster/:name/deploy`, permission: 'operation:read', about: 'cluster' },
  { method: 'PUT', path: `${v0}/cluster/:name/deploy`, permission: 'operation:run', about: 'cluster' },

  { method: 'GET', path: `${v0}/operations`, permission: 'operation:read', about: 'list' },
  { method: 'POST', path: `${v0}/operations`, permission: 'operation:run', about: 'body' },
  { method: 'GET', path: `${v0}/operation/:id`, permission: 'operation:read', about: 'operation' },
  { method: 'GET', path: `${v0}/operation/:id/folded`, permission: 'operation:read', about: 'operation' },
  { method: 'GET', path: `${v0}/operation/:id/plan`, permission: 'operation:read', about: 'operation' },
  { method: 'GET', path: `${v0}/operation/:id/journal`, permission: 'operation:read', about: 'operation' },
  { method: 'POST', path: `${v0}/operation/:id/pause`, permission: 'operation:run', about: 'operation' },
  { method: 'POST', path: `${v0}/operation/:id/resume`, permission: 'operation:run', about: 'operation' },
  { method: 'POST', path: `${v0}/operation/:id/promote`, permission: 'operation:run', about: 'operation' },
  { method: 'POST', path: `${v0}/operation/:id/cancel`, permission: 'operation:run', about: 'operation' },
  { method: 'POST', path: `${v0}/operation/:id/skip`, permission: 'operation:run', about: 'operation' },
  { method: 'POST', path: `${v0}/operation/:id/retry`, permission: 'operation:run', about: 'operation' },
  { method: 'POST', path: `${v0}/operation/:id/rerun`, permission: 'operation:run', about: 'operation' },
  { method: 'GET', path: `${v0}/operation/:id/log`, permission: 'operation:read', about: 'operation' },

  { method: 'GET', path: `${v0}/budgets`, permission: 'budget:read', about: 'anything' },
  { method: 'GET', path: `${v0}/budget/:name`, permission: 'budget:read', about: 'anything' },
  { method: 'PUT', path: `${v0}/budget/:name`, permission: 'budget:write', about: 'site' },
  { method: 'PATCH', path: `${v0}/budget/:name`, permission: 'budget:write', about: 'site' },
  { method: 'DELETE', path: `${v0}/budget/:name`, permission: 'budget:write', about: 'site' },

  // One's own; those of others take `token:read` and `token:write`.
  { method: 'GET', path: `${v0}/tokens`, permission: 'authenticated' },
  { method: 'POST', path: `${v0}/tokens`, permission: 'authenticated' },
  { method: 'DELETE', path: `${v0}/tokens`, permission: 'authenticated' },
  { method: 'GET', path: `${v0}/tokens/current`, permission: 'authenticated' },
  { method: 'DELETE', path: `${v0}/tokens/current`, permission: 'authenticated' },
  { method: 'POST', path: `${v0}/tokens/current/renew`, permission: 'authenticated' },
  { method: 'GET', path: `${v0}/token/:token`, permission: 'authenticated' },
  { method: 'DELETE', path: `${v0}/token/:token`, permission: 'authenticated' },
  { method: 'POST', path: `${v0}/token-keys/rotate`, permission: 'token_key:write', about: 'site' },
  { method: 'GET', path: `${v0}/whoami`, permission: 'authenticated' },
  { method: 'GET', path: `${v0}/roles`, permission: 'role:read', about: 'site' },
  { method: 'GET', path: `${v0}/role/:name`, permission: 'role:read', about: 'site' },
  { method: 'PUT', path: `${v0}/role/:name`, permission: 'role:write', about: 'site' },
  { method: 'DELETE', path: `${v0}/role/:name`, permission: 'role:write', about: 'site' },
  { method: 'GET', path: `${v0}/rolebindings`, permission: 'role:read', about: 'site' },
  { method: 'GET', path: `${v0}/rolebinding/:name`, permission: 'role:read', about: 'site' },
  { method: 'PUT', path: `${v0}/rolebinding/:name`, permission: 'role:write', about: 'site' },
  { method: 'DELETE', path: `${v0}/rolebinding/:name`, permission: 'role:write', about: 'site' },
  { method: 'GET', path: `${v0}/secrets/:secret`, permission: 'secret:read', about: 'site' },
  { method: 'PUT', path: `${v0}/secrets/:secret`, permission: 'secret:write', about: 'site' },
  { method: 'POST', path: `${v0}/secrets/:secret`, permission: 'secret:write', about: 'site' },
  { method: 'DELETE', path: `${v0}/secrets/:secret`, permission: 'secret:write', about: 'site' },
  { method: 'POST', path: `${v0}/secret-keys/rotate`, permission: 'secret_key:write', about: 'site' },
  { method: 'GET', path: `${v0}/audit`, permission: 'audit:read', about: 'site' },

  { method: 'GET', path: `${v0}/events`, permission: 'event:read', about: 'list' },
  { method: 'POST', path: `${v0}/events`, permission: 'event:write', about: 'anything' },
  { method: 'GET', path: `${v0}/hooks/dead-letters`, permission: 'event:read', about: 'site' },
  { method: 'DELETE', path: `${v0}/hooks/dead-letters`, permission: 'event:write', about: 'site' },
];
