import type { CachingStore } from '../store/cached.ts';
import type { Entry } from '../store/contract.ts';
import type { Access } from './access.ts';
import type { Identity } from './authenticator.ts';
import { type RoleBinding, roleBindingRecords } from './bindings.ts';
import { type Role, roleRecords } from './roles.ts';
import { accessBy, type RoleConfiguration, type Rules, rulesOf } from './rules.ts';

/** Decides what callers may do, by the roles bound to them in the current configuration and store. */
export class Authorizer {
  readonly #store: CachingStore;
  #configured: RoleConfiguration;
  #known: Known | undefined;
  /** For identities that stay the same object while their credentials are remembered. */
  readonly #accesses = new WeakMap<Identity, { rules: Rules; access: Access }>();

  constructor(store: CachingStore, configured: RoleConfiguration) {
    this.#store = store;
    this.#configured = configured;
  }

  /** Replaces the configuration for later requests. */
  replace(configured: RoleConfiguration): void {
    this.#configured = configured;
  }

  get configured(): RoleConfiguration {
    return this.#configured;
  }

  async accessOf(identity: Identity): Promise<Access> {
    const rules = await this.rules();
    const known = this.#accesses.get(identity);
    if (known?.rules === rules) return known.access;
    const access = accessBy(rules, identity);
    this.#accesses.set(identity, { rules, access });
    return access;
  }

  /** All roles and bindings. Combined again only when one of them has changed. */
  async rules(): Promise<Rules> {
    const roles = await this.#store.all(roleRecords);
    const bindings = await this.#store.all(roleBindingRecords);
    const configured = this.#configured;
    const known = this.#known;
    if (known?.configured === configured && known.roles === roles && known.bindings === bindings) return known.rules;
    const rules = rulesOf(configured, roles, bindings);
    this.#known = { configured, roles, bindings, rules };
    return rules;
  }
}

/** Rules, and the records they were made of. */
interface Known {
  readonly configured: RoleConfiguration;
  readonly roles: readonly Entry<Role>[];
  readonly bindings: readonly Entry<RoleBinding>[];
  readonly rules: Rules;
}
