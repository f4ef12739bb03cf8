import type { Entry } from '../store/contract.ts';
import { Access } from './access.ts';
import type { Identity } from './authenticator.ts';
import { authenticatorKinds } from './authenticators/kinds.ts';
import type { RoleBinding, RoleBindingView } from './bindings.ts';
import type { Grant } from './grant.ts';
import { layered } from './layered.ts';
import { limitsOf } from './limits.ts';
import { adminGrant, builtInRoles, type Role, type RoleView } from './roles.ts';

/** Roles and bindings of the configuration; those of the store are added to them. */
export interface RoleConfiguration {
  readonly roles: readonly Role[];
  readonly bindings: readonly RoleBinding[];
  /** The role of callers without a binding; undefined leaves it to their authenticator. */
  readonly defaultRole: string | undefined;
}

/** All roles and bindings at one moment, sorted by name. */
export interface Rules {
  readonly roles: ReadonlyMap<string, RoleView>;
  readonly bindings: ReadonlyMap<string, RoleBindingView>;
  readonly defaultRole: string | undefined;
}

/** Built-in roles take precedence over the configuration, and that over the store. */
export function rulesOf(
  { roles, bindings, defaultRole }: RoleConfiguration,
  storedRoles: readonly Entry<Role>[],
  storedBindings: readonly Entry<RoleBinding>[],
): Rules {
  return {
    roles: layered<Role, RoleView['source']>(
      { source: 'built_in', values: named(builtInRoles) },
      { source: 'configuration', values: named(roles) },
      { source: 'store', values: keyed(storedRoles) },
    ),
    bindings: layered<RoleBinding, RoleBindingView['source']>(
      { source: 'configuration', values: bindings.map((one, index) => [`configuration-${index + 1}`, one]) },
      { source: 'store', values: keyed(storedBindings) },
    ),
    defaultRole,
  };
}

/** The access of a caller. */
export function accessBy(rules: Rules, { subjects, method, grants, token }: Identity): Access {
  const own = grants ?? grantsBy(rules, subjects) ?? grantsOfUnbound(rules, { isTrusted: !careful.has(method) });
  return token === undefined ? new Access(own) : new Access(own, token.grants);
}

/** The grants from all bindings of the subjects; undefined when there is no binding. */
export function grantsBy({ bindings, roles }: Rules, subjects: readonly string[]): readonly Grant[] | undefined {
  const own = [...bindings.values()].filter((binding) => binding.subjects.some((one) => subjects.includes(one)));
  return own.length === 0 ? undefined : own.flatMap((binding) => grantOf(binding, roles) ?? []);
}

/**
 * The grants of a caller without a role binding.
 *
 * @param isTrusted whether the caller's authenticator trusts such callers unless `default-role` says otherwise
 */
export function grantsOfUnbound(
  { roles, defaultRole }: Rules,
  { isTrusted }: { isTrusted: boolean },
): readonly Grant[] {
  const role = defaultRole ?? (isTrusted ? adminGrant.role : 'none');
  if (role === 'none') return [];
  return role === adminGrant.role ? [adminGrant] : (grantOf({ role }, roles) ?? []);
}

/** The grant of a binding; undefined when its role does not exist any more. */
export function grantOf(
  binding: Omit<RoleBinding, 'subjects'>,
  roles: ReadonlyMap<string, Role>,
): readonly Grant[] | undefined {
  const role = roles.get(binding.role);
  if (role === undefined) return undefined;
  return [{ role: role.name, permissions: new Set(role.permissions), ...limitsOf(binding) }];
}

const careful = new Set(authenticatorKinds.filter(({ trustsUnbound }) => !trustsUnbound).map(({ name }) => name));

function named<T extends { readonly name: string }>(all: readonly T[]): readonly [string, T][] {
  return all.map((one) => [one.name, one]);
}

function keyed<T>(entries: readonly Entry<T>[]): readonly [string, T][] {
  return entries.map(({ key, value }) => [key, value]);
}
