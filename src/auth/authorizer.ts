import type { CachingStore } from '../store/cached.ts';
import type { Entry } from '../store/contract.ts';
import type { Access } from './access.ts';
import type { Identity } from './authenticator.ts';
import { type RoleBinding, roleBindingRecords } from './bindings.ts';
import { type Role, roleRecords } from './roles.ts';
import { accessBy, type RoleConfiguration, type Rules, rulesOf } from './rules.ts';

/** Says what callers may do: by the roles bound to them, as configuration and store have them at the moment. */
export class Authorizer {
  readonly #store: CachingStore;
  #configured: RoleConfiguration;
  #known: Known | undefined;
  /** Of callers that are known by one object as long as their credentials are remembered. */
  readonly #accesses = new WeakMap<Identity, { rules: Rules; access: Access }>();

  constructor(store: CachingStore, configured: RoleConfiguration) {
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
    const rules = await this.rules();
    const known = this.#accesses.get(identity);
    if (known?.rules === rules) return known.access;
    const access = accessBy(rules, identity);
    this.#accesses.set(identity, { rules, access });
    return access;
  }

  /** Every role and every binding there is. Put together anew only when one of them has changed. */
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

/** Rules, and what they were made of. */
interface Known {
  readonly configured: RoleConfiguration;
  readonly roles: readonly Entry<Role>[];
  readonly bindings: readonly Entry<RoleBinding>[];
  readonly rules: Rules;
}
