/** The built-in roles that name their permissions. `admin` has all. */
type LimitedRole = 'viewer' | 'operator' | 'registrar';

/**
 * Every permission, a resource and a verb, with the built-in roles that have it beside `admin`. A new permission is in no role
 * until it is put there. Reading secrets is a permission of its own.
 */
const rolesOf = {
  'host:read': ['viewer', 'operator'],
  /** To register a host, and nothing more: for a machine that registers itself. */
  'host:register': ['operator', 'registrar'],
  'host:write': ['operator'],
  'credentials:read': [],
  'credentials:write': [],
  'host_key:write': [],
  'cluster:read': ['viewer', 'operator'],
  'cluster:write': [],
  /** To take hosts into a cluster and out of it. */
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
  'audit:read': [],
  /** For the keys that other tools keep here. */
  'secret:read': [],
  'secret:write': [],
  /** To change the key that secrets are sealed with. */
  'secret_key:write': [],
  'backup:create': [],
  'backup:read': [],
  /** Whoever may download backups may read every secret. */
  'backup:download': [],
  'backup:delete': [],
  'record:import': [],
  'role:read': [],
  'role:write': [],
  'status:read': ['viewer', 'operator'],
  'server:read': ['viewer', 'operator'],
  'metrics:read': ['viewer', 'operator'],
  /** Lines of the log name hosts, callers and addresses of the whole site. */
  'log:read': [],
  /** To have more logged of one's own requests. */
  'log:raise': [],
  /** For tokens of others: all callers see and revoke their own. */
  'token:read': [],
  'token:write': [],
  'token_key:write': [],
} as const satisfies Record<string, readonly LimitedRole[]>;

export type Permission = keyof typeof rolesOf;

export const permissions: readonly Permission[] = Object.keys(rolesOf).filter(isPermission);

export function isPermission(text: string): text is Permission {
  return Object.hasOwn(rolesOf, text);
}

/** The permissions of a built-in role: those to read first, each kind in the order of the table. */
export function permissionsOf(role: LimitedRole): Permission[] {
  const held = permissions.filter((permission) => rolesOf[permission].some((holder: LimitedRole) => holder === role));
  const reads = (permission: Permission) => permission.endsWith(':read');
  return [...held.filter(reads), ...held.filter((permission) => !reads(permission))];
}
