import { mapAll } from '../config/faults.ts';
import { fault } from '../config/given.ts';
import type { ConfiguredBinding, ConfiguredRole } from '../config/roles.ts';
import { suggestName } from '../lib/nearest.ts';
import type { RoleBinding } from './bindings.ts';
import { isPermission, permissions } from './permissions.ts';
import { builtInRoles, type Role } from './roles.ts';
import type { RoleConfiguration } from './rules.ts';

export interface WrittenRoles {
  readonly roles: readonly ConfiguredRole[];
  readonly roleBindings: readonly ConfiguredBinding[];
  readonly defaultRole: { readonly where: string; readonly name: string } | undefined;
}

/**
 * The roles and bindings of a configuration.
 *
 * @throws AppError `invalid_configuration` for an unknown permission, a role with the name of a built-in one, and a
 *   role that a binding or `default-role` names and that does not exist
 */
export function roleConfigurationOf({ roles, roleBindings, defaultRole }: WrittenRoles): RoleConfiguration {
  const own = mapAll(roles, readRole);
  const names = [...builtInRoles, ...own].map(({ name }) => name);
  const checked = (role: string, where: string) => {
    if (names.includes(role)) return role;
    throw fault(where, `there is no role "${role}" in the configuration`, suggestName(role, names));
  };
  return {
    roles: own,
    bindings: mapAll(roleBindings, (binding) => bindingOf(binding, checked)),
    defaultRole:
      defaultRole === undefined || defaultRole.name === 'none'
        ? defaultRole?.name
        : checked(defaultRole.name, defaultRole.where),
  };
}

function readRole({ name, where, permissions: texts }: ConfiguredRole): Role {
  if (name === 'none' || builtInRoles.some((role) => role.name === name)) {
    throw fault(where, `the role "${name}" is there already`, 'give it another name');
  }
  const known = mapAll(texts, (text) => {
    if (isPermission(text)) return text;
    throw fault(where, `there is no permission "${text}"`, suggestName(text, [...permissions]));
  });
  return { name, permissions: known };
}

function bindingOf(
  { where, role, subjects, ...limits }: ConfiguredBinding,
  checked: (role: string, where: string) => string,
): RoleBinding {
  return { role: checked(role, where), subjects, ...limits };
}
