import { AppError } from '../lib/errors.ts';
import { records, type Store, type Transaction } from '../store/contract.ts';
import type { Identity } from './authenticator.ts';
import type { Authorizer } from './authorizer.ts';
import { roleBindingRecords } from './bindings.ts';
import { roleRecords } from './roles.ts';
import { accessBy, type Rules, rulesOf } from './rules.ts';
import { type Widening, wideningBetween } from './widening.ts';

/** Who changes roles or bindings. */
export interface RoleAuthor {
  readonly identity: Identity;
  /** Even if the author cannot make another change after it. */
  readonly isForced: boolean;
}

/** Of earlier builds, in which two changes at the same time took turns by it. Nothing reads it. */
export const roleChangeRecords = records<{ count: number }>('role-changes');

/** Changes roles and bindings so that nobody gives what they do not have. */
export class RoleChanges {
  readonly #store: Store;
  readonly #authorizer: Authorizer;

  constructor(store: Store, authorizer: Authorizer) {
    this.#store = store;
    this.#authorizer = authorizer;
  }

  /**
   * Writes what `work` writes, when what it makes of the rules is allowed.
   *
   * @param work says what the rules are afterwards
   * @throws AppError `wider_than_own` when somebody would get what the author does not have, `own_access_lost` when the author
   *   could make no further change, and what `work` throws
   */
  async make(author: RoleAuthor, work: (tx: Transaction, before: Rules) => Promise<Rules>): Promise<void> {
    await this.#store.transact(async (tx) => {
      // All of them are judged together: of two changes at the same time, the one that commits last is judged anew.
      const roles = await Array.fromAsync(tx.list(roleRecords));
      const bindings = await Array.fromAsync(tx.list(roleBindingRecords));
      const before = rulesOf(this.#authorizer.configured, roles, bindings);
      check(author, before, await work(tx, before));
    });
  }
}

function check({ identity, isForced }: RoleAuthor, before: Rules, after: Rules): void {
  const access = accessBy(before, identity);
  // It may have been taken away since the request was let through.
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
