import { AppError } from '../lib/errors.ts';
import { nearestName } from '../lib/nearest.ts';
import { type RoleBinding, roleBindingRecords } from './bindings.ts';
import { checkClusterPatterns } from './cluster-patterns.ts';
import { roleFixed } from './role-problems.ts';
import type { SiteCollection, SiteNoun } from './site-collection.ts';

/** Role bindings. */
export const siteBindings: SiteNoun<RoleBinding, RoleBinding, 'configuration'> = {
  records: roleBindingRecords,
  eventType: 'role_binding',
  of: ({ bindings }) => bindings,
  into: (rules, bindings) => ({ ...rules, bindings }),
  stored(_, binding) {
    checkClusterPatterns(binding.clusters);
    return binding;
  },
  fixed(name, source, change) {
    // The configuration may get more bindings: their names are reserved for it.
    const isKept = source === 'configuration' || (change === 'put' && configuredName.test(name));
    return isKept ? roleFixed(`the name ${name} is that of a binding of the configuration`) : undefined;
  },
  notFound: (name) =>
    new AppError('role_binding_not_found', `there is no role binding ${name}`, {
      hint: 'list the bindings with `commctl role-binding list`',
    }),
  checkPut({ role }, { roles }) {
    if (!roles.has(role)) throw roleUnknown(role, [...roles.keys()]);
  },
};

export type SiteBindings = SiteCollection<RoleBinding, RoleBinding, 'configuration'>;

const configuredName = /^configuration-\d+$/;

function roleUnknown(role: string, known: readonly string[]): AppError {
  const nearest = nearestName(role, known);
  const meant = nearest === undefined ? '' : `did you mean "${nearest}"? Otherwise `;
  return new AppError('role_unknown', `there is no role ${role} to bind`, {
    hint: `${meant}list the roles with \`commctl role list\`, or create it with \`commctl role create ${role} PERMISSION\``,
    details: { role },
  });
}
