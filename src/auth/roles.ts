import { type Static, Type as t } from '@sinclair/typebox';
import { choices } from '../lib/choices.ts';
import { records } from '../store/contract.ts';
import type { Grant } from './grant.ts';
import { permissions, permissionsOf } from './permissions.ts';

/** A named set of permissions. */
export const Role = t.Object({
  name: t.String({ description: 'Name of the role' }),
  permissions: t.Array(
    t.Union(
      permissions.map((permission) => t.Literal(permission)),
      {
        description: 'a permission such as host:read; the role admin has them all',
        form: 'a permission such as host:read; `commctl role get admin` shows all',
      },
    ),
    { description: 'What it allows, as resource:verb' },
  ),
});
export type Role = Static<typeof Role>;

/** A role as the API shows it. */
export const RoleView = t.Object({
  ...Role.properties,
  source: choices(
    {
      built_in: 'Every server has it',
      configuration: 'The configuration of the server',
      store: 'It was created here, and can be changed here',
    },
    { description: 'Where it comes from' },
  ),
});
export type RoleView = Static<typeof RoleView>;

/** By name: the roles of the store. */
export const roleRecords = records<Role>('roles');

/** The built-in roles; no other role may have their names. */
export const builtInRoles: readonly Role[] = [
  { name: 'viewer', permissions: permissionsOf('viewer') },
  { name: 'operator', permissions: permissionsOf('operator') },
  { name: 'registrar', permissions: permissionsOf('registrar') },
  { name: 'admin', permissions: [...permissions] },
];

/** All permissions, everywhere. */
export const adminGrant: Grant = { role: 'admin', permissions: new Set(permissions) };
