/** All permissions: a resource and a verb. Reading secrets is a permission of its own. */
export const permissions = [
  'host:read',
  /** To register a host, and nothing more: for a machine that registers itself. */
  'host:register',
  'host:write',
  'credentials:read',
  'credentials:write',
  'host_key:write',
  'cluster:read',
  'cluster:write',
  /** To take hosts into a cluster and out of it. */
  'member:write',
  'network:read',
  'network:write',
  'container_manager:read',
  'container_manager:write',
  'operation:read',
  'operation:run',
  'budget:read',
  'budget:write',
  'event:read',
  'event:write',
  'audit:read',
  /** For the keys that other tools keep here. */
  'secret:read',
  'secret:write',
  /** To change the key that secrets are sealed with. */
  'secret_key:write',
  'record:import',
  'role:read',
  'role:write',
  'status:read',
  /** For tokens of others: all callers see and revoke their own. */
  'token:read',
  'token:write',
  'token_key:write',
] as const;

export type Permission = (typeof permissions)[number];

export function isPermission(text: string): text is Permission {
  return permissions.some((permission) => permission === text);
}
