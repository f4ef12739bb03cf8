import type { Permission } from '../auth/permissions.ts';

export interface RouteRule {
  method: 'GET' | 'PUT' | 'DELETE' | 'POST' | 'PATCH';
  path: string;
  /** `public` needs no credentials at all. */
  permission: Permission;
}

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
  { method: 'GET', path: `${v0}/status`, permission: 'operation:read' },

  { method: 'GET', path: `${v0}/hosts`, permission: 'host:read' },
  { method: 'PUT', path: `${v0}/host`, permission: 'host:write' },
  { method: 'GET', path: `${v0}/host/:address`, permission: 'host:read' },
  { method: 'PUT', path: `${v0}/host/:address`, permission: 'host:write' },
  { method: 'DELETE', path: `${v0}/host/:address`, permission: 'host:write' },
  { method: 'GET', path: `${v0}/host/:address/status`, permission: 'host:read' },
  { method: 'GET', path: `${v0}/host/:address/labels`, permission: 'host:read' },
  { method: 'PUT', path: `${v0}/host/:address/labels`, permission: 'host:write' },
  { method: 'PATCH', path: `${v0}/host/:address/labels`, permission: 'host:write' },
  { method: 'GET', path: `${v0}/host/:address/creds`, permission: 'credentials:read' },
  { method: 'PUT', path: `${v0}/host/:address/creds`, permission: 'credentials:write' },
  { method: 'GET', path: `${v0}/host/:address/hostkey`, permission: 'host:read' },
  { method: 'PUT', path: `${v0}/host/:address/hostkey`, permission: 'host_key:write' },

  { method: 'GET', path: `${v0}/clusters`, permission: 'cluster:read' },
  { method: 'GET', path: `${v0}/cluster/:name`, permission: 'cluster:read' },
  { method: 'PUT', path: `${v0}/cluster/:name`, permission: 'cluster:write' },
  { method: 'PATCH', path: `${v0}/cluster/:name`, permission: 'cluster:write' },
  { method: 'DELETE', path: `${v0}/cluster/:name`, permission: 'cluster:write' },
  { method: 'GET', path: `${v0}/cluster/:name/hosts`, permission: 'cluster:read' },
  { method: 'PUT', path: `${v0}/cluster/:name/hosts`, permission: 'cluster:write' },
  { method: 'GET', path: `${v0}/cluster/:name/hosts/:address`, permission: 'cluster:read' },
  { method: 'PUT', path: `${v0}/cluster/:name/hosts/:address`, permission: 'cluster:write' },
  { method: 'DELETE', path: `${v0}/cluster/:name/hosts/:address`, permission: 'cluster:write' },

  { method: 'GET', path: `${v0}/networks`, permission: 'network:read' },
  { method: 'GET', path: `${v0}/network/:name`, permission: 'network:read' },
  { method: 'PUT', path: `${v0}/network/:name`, permission: 'network:write' },
  { method: 'DELETE', path: `${v0}/network/:name`, permission: 'network:write' },

  { method: 'GET', path: `${v0}/containermanagers`, permission: 'container_manager:read' },
  { method: 'GET', path: `${v0}/containermanager/:name`, permission: 'container_manager:read' },
  { method: 'PUT', path: `${v0}/containermanager/:name`, permission: 'container_manager:write' },
  { method: 'PATCH', path: `${v0}/containermanager/:name`, permission: 'container_manager:write' },
  { method: 'DELETE', path: `${v0}/containermanager/:name`, permission: 'container_manager:write' },

  { method: 'GET', path: `${v0}/cluster/:name/restart`, permission: 'operation:read' },
  { method: 'PUT', path: `${v0}/cluster/:name/restart`, permission: 'operation:run' },
  { method: 'GET', path: `${v0}/cluster/:name/upgrade`, permission: 'operation:read' },
  { method: 'PUT', path: `${v0}/cluster/:name/upgrade`, permission: 'operation:run' },
  { method: 'GET', path: `${v0}/cluster/:name/deploy`, permission: 'operation:read' },
  { method: 'PUT', path: `${v0}/cluster/:name/deploy`, permission: 'operation:run' },

  { method: 'GET', path: `${v0}/operations`, permission: 'operation:read' },
  { method: 'POST', path: `${v0}/operations`, permission: 'operation:run' },
  { method: 'GET', path: `${v0}/operation/:id`, permission: 'operation:read' },
  { method: 'GET', path: `${v0}/operation/:id/folded`, permission: 'operation:read' },
  { method: 'GET', path: `${v0}/operation/:id/plan`, permission: 'operation:read' },
  { method: 'GET', path: `${v0}/operation/:id/journal`, permission: 'operation:read' },
  { method: 'POST', path: `${v0}/operation/:id/pause`, permission: 'operation:run' },
  { method: 'POST', path: `${v0}/operation/:id/resume`, permission: 'operation:run' },
  { method: 'POST', path: `${v0}/operation/:id/promote`, permission: 'operation:run' },
  { method: 'POST', path: `${v0}/operation/:id/cancel`, permission: 'operation:run' },
  { method: 'POST', path: `${v0}/operation/:id/skip`, permission: 'operation:run' },
  { method: 'POST', path: `${v0}/operation/:id/retry`, permission: 'operation:run' },
  { method: 'POST', path: `${v0}/operation/:id/rerun`, permission: 'operation:run' },
  { method: 'GET', path: `${v0}/operation/:id/log`, permission: 'operation:read' },

  { method: 'GET', path: `${v0}/budgets`, permission: 'budget:read' },
  { method: 'GET', path: `${v0}/budget/:name`, permission: 'budget:read' },
  { method: 'PUT', path: `${v0}/budget/:name`, permission: 'budget:write' },
  { method: 'PATCH', path: `${v0}/budget/:name`, permission: 'budget:write' },
  { method: 'DELETE', path: `${v0}/budget/:name`, permission: 'budget:write' },

  { method: 'GET', path: `${v0}/events`, permission: 'event:read' },
  { method: 'POST', path: `${v0}/events`, permission: 'event:write' },
  { method: 'GET', path: `${v0}/hooks/dead-letters`, permission: 'event:read' },
  { method: 'DELETE', path: `${v0}/hooks/dead-letters`, permission: 'event:write' },
];
