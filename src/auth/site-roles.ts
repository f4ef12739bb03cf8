import { AppError } from '../lib/errors.ts';
import { roleFixed, roleNotFound } from './role-problems.ts';
import { type Role, roleRecords } from './roles.ts';
import type { SiteCollection, SiteNoun } from './site-collection.ts';

type RoleMembers = Omit<Role, 'name'>;
type FixedSource = 'built_in' | 'configuration';

/** Roles. */
export const siteRoles: SiteNoun<RoleMembers, Role, FixedSource> = {
  records: roleRecords,
  eventType: 'role',
  of: ({ roles }) => roles,
  into: (rules, roles) => ({ ...rules, roles }),
  stored: (name, { permissions }) => ({ name, permissions: [...new Set(permissions)] }),
  fixed(name, source) {
    // `default-role` uses `none` for no role.
    if (name === 'none') return roleFixed('none stands for no role, and is the name of none', otherName);
    if (source === 'built_in') return roleFixed(`the role ${name} is built in and stays as it is`, otherName);
    if (source === 'configuration') return roleFixed(`the role ${name} stands in the configuration of the server`);
    return undefined;
  },
  notFound: roleNotFound,
  checkDelete(name, { bindings }) {
    const binding = [...bindings.values()].find(({ role }) => role === name);
    if (binding !== undefined) throw roleInUse(name, binding.name);
  },
};

export type SiteRoles = SiteCollection<RoleMembers, Role, FixedSource>;

const otherName = 'make a role of another name with `commctl role create NAME PERMISSION`';

function roleInUse(name: string, binding: string): AppError {
  return new AppError('in_use', `the role ${name} is used by the binding ${binding}`, {
    hint: `bind another role there, or delete the binding first with \`commctl role-binding delete ${binding}\``,
    details: { binding },
  });
}
