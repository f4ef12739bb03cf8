import type { Permission } from '../../src/auth/permissions.ts';

/**
 * Which built-in roles have a permission, beside `admin`, which has all. This table is written by hand a second time, so that a
 * slip in the code gives nobody a permission. A new permission is decided here as well.
 */
export const holders: Readonly<Record<Permission, readonly string[]>> = {
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
  'audit:read': [],
  'secret:read': [],
  'secret:write': [],
  'secret_key:write': [],
  'record:import': [],
  'role:read': [],
  'role:write': [],
  'status:read': ['viewer', 'operator'],
  'server:read': ['viewer', 'operator'],
  'metrics:read': ['viewer', 'operator'],
  'log:read': [],
  'log:raise': [],
  'token:read': [],
  'token:write': [],
  'token_key:write': [],
};
