import type { Entry, Store } from '../store/contract.ts';
import type { Access } from './access.ts';
import type { Identity } from './authenticator.ts';
import { type RoleBinding, roleBindingRecords } from './bindings.ts';
import { type Role, roleRecords } from './roles.ts';
import { accessBy, type RoleConfiguration, type Rules, rulesOf } from './rules.ts';

/** Says what callers may do: by the roles bound to them, as configuration and store have them at the moment. */
export class Authorizer {
  readonly #store: Store;
  #configured: RoleConfiguration;
  #known: Known | undefined;

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
    return accessBy(await this.rules(), identity);
  }

  /** Every role and every binding there is. Put together anew only when one of them has changed. */
  async rules(): Promise<Rules> {
    const [roles, bindings] = await Promise.all([this.#store.all(roleRecords), this.#store.all(roleBindingRecords)]);
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
