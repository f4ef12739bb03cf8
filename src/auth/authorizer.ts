import type { Store } from '../store/contract.ts';
import { Access } from './access.ts';
import type { Identity } from './authenticator.ts';
import { authenticatorKinds } from './authenticators/kinds.ts';
import { type RoleBinding, roleBindingRecords } from './bindings.ts';
import type { Grant } from './grant.ts';
import { adminGrant, builtInRoles, type Role, roleRecords } from './roles.ts';

/** Roles and bindings of the configuration; those of the store come on top. */
export interface RoleConfiguration {
  readonly roles: readonly Role[];
  readonly bindings: readonly RoleBinding[];
  /** The role of callers to whom none is bound; undefined leaves it to how they came. */
  readonly defaultRole: string | undefined;
}

const careful = new Set(authenticatorKinds.filter(({ trustsUnbound }) => !trustsUnbound).map(({ name }) => name));

/** Says what callers may do: by the roles bound to them, as configuration and store have them at the moment. */
export class Authorizer {
  readonly #store: Store;
  #configured: RoleConfiguration;

  constructor(store: Store, configured: RoleConfiguration) {
    this.#store = store;
    this.#configured = configured;
  }

  /** Another configuration, for the requests to come. */
  replace(configured: RoleConfiguration): void {
    this.#configured = configured;
  }

  get configured(): RoleConfiguration {
    return this.#configured;
  }

  async accessOf(identity: Identity): Promise<Access> {
    const own = identity.grants ?? (await this.#bound(identity));
    return identity.token === undefined ? new Access(own) : new Access(own, identity.token.grants);
  }

  async #bound({ subjects, method }: Identity): Promise<readonly Grant[]> {
    const stored = await this.#store.all(roleBindingRecords);
    const bindings = [...this.#configured.bindings, ...stored.map(({ value }) => value)];
    const own = bindings.filter((binding) => binding.subjects.some((subject) => subjects.includes(subject)));
    if (own.length === 0) return this.#unbound(method);
    const roles = await this.roles();
    return own.flatMap((binding) => grantOf(binding, roles) ?? []);
  }

  /** Of a caller to whom no role is bound. */
  async #unbound(method: string): Promise<readonly Grant[]> {
    const { defaultRole = careful.has(method) ? 'none' : 'admin' } = this.#configured;
    if (defaultRole === 'none') return [];
    if (defaultRole === adminGrant.role) return [adminGrant];
    return grantOf({ role: defaultRole }, await this.roles()) ?? [];
  }

  /** Every role there is, by name. */
  async roles(): Promise<ReadonlyMap<string, Role>> {
    const stored = (await this.#store.all(roleRecords)).map(({ value }) => value);
    return new Map([...stored, ...this.#configured.roles, ...builtInRoles].map((role) => [role.name, role]));
  }
}

/** What a binding comes to; nothing when its role is not there any more. */
export function grantOf(binding: Omit<RoleBinding, 'subjects'>, roles: ReadonlyMap<string, Role>): Grant[] | undefined {
  const role = roles.get(binding.role);
  if (role === undefined) return undefined;
  const { clusters, max_hosts: maxHosts, max_percent: maxPercent } = binding;
  return [
    {
      role: role.name,
      permissions: new Set(role.permissions),
      ...(clusters === undefined ? {} : { clusters }),
      ...(maxHosts === undefined ? {} : { maxHosts }),
      ...(maxPercent === undefined ? {} : { maxPercent }),
    },
  ];
}
