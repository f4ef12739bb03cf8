import { AppError } from '../lib/errors.ts';
import { records, type Store, type Transaction } from '../store/contract.ts';
import type { Identity } from './authenticator.ts';
import type { Authorizer } from './authorizer.ts';
import { roleBindingRecords } from './bindings.ts';
import { roleRecords } from './roles.ts';
import { accessBy, type Rules, rulesOf } from './rules.ts';
import { type Widening, wideningBetween } from './widening.ts';

/** The author of a change of roles or bindings. */
export interface RoleAuthor {
  readonly identity: Identity;
  /** Make the change even if the author can make no other change after it. */
  readonly isForced: boolean;
}

/** From earlier builds, which used it to order two concurrent changes. It is not read any more. */
export const roleChangeRecords = records<{ count: number }>('role-changes');

/** Changes roles and bindings so that no author gives more than they have. */
export class RoleChanges {
  readonly #store: Store;
  readonly #authorizer: Authorizer;

  constructor(store: Store, authorizer: Authorizer) {
    this.#store = store;
    this.#authorizer = authorizer;
  }

  /**
   * Writes what `work` writes, if its effect on the rules is allowed.
   *
   * @param work returns the rules after the change
   * @throws AppError `wider_than_own` when a subject would get more than the author has, `own_access_lost` when the
   *   author could make no further change, and what `work` throws
   */
  async make(author: RoleAuthor, work: (tx: Transaction, before: Rules) => Promise<Rules>): Promise<void> {
    await this.#store.transact(async (tx) => {
      // The rules are judged as a whole: of two concurrent changes, the one that commits last is judged again.
      const roles = await Array.fromAsync(tx.list(roleRecords));
      const bindings = await Array.fromAsync(tx.list(roleBindingRecords));
      const before = rulesOf(this.#authorizer.configured, roles, bindings);
      check(author, before, await work(tx, before));
    });
  }
}

function check({ identity, isForced }: RoleAuthor, before: Rules, after: Rules): void {
  const access = accessBy(before, identity);
  // The permission may have been revoked since the request was admitted.
  if (!access.allowsEverywhere('role:write')) throw forbidden(identity);
  const widening = wideningBetween(before, after, access);
  if (widening !== undefined) throw escalation(identity, widening);
  if (isForced || accessBy(after, identity).allowsEverywhere('role:write')) return;
  throw new AppError('own_access_lost', `after this change ${identity.name} could change no role and no binding`, {
    hint: 'bind a role with role:write to yourself first, or repeat it with ?force=true (`--force`)',
  });
}

function escalation({ name }: Identity, { subject, permission, role, because }: Widening): AppError {
  const isBound = because === 'bound';
  const what = isBound
    ? `${name} cannot give ${subject} the permission ${permission} of the role ${role}, not having it that far`
    : `without a binding ${subject} would have the default role ${role} with ${permission}, which ${name} does not have`;
  const hint = isBound
    ? 'take a role or limits within your own (`commctl whoami`), or ask somebody who has more'
    : 'bind another role to them first, or have default-role set to none';
  return new AppError('wider_than_own', what, { hint, details: { permission, subject } });
}

function forbidden({ name }: Identity): AppError {
  return new AppError('forbidden', `${name} lacks the permission role:write for the whole site`, {
    hint: 'ask an administrator for a role that has it',
    details: { permission: 'role:write' },
  });
}
