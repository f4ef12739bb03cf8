import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import type { Transaction } from '../../store/contract.ts';
import type { Identity } from '../authenticator.ts';
import { livingToken } from './living-token.ts';
import { tokenRecords } from './token.ts';

/** Counts a machine that registers with a registration token, in the transaction that makes it a host. */
export type RegistrationCount = (tx: Transaction, address: string) => Promise<void>;

/**
 * The count for the caller's registration token; undefined for callers without one. A machine that was counted before
 * and deleted meanwhile is not counted again.
 *
 * The count throws AppError `registrations_used_up`, and `credentials_refused` when the token has just ended.
 */
export function registrationCount({ token }: Identity, clock: Clock): RegistrationCount | undefined {
  if (token?.kind !== 'registration') return undefined;
  return async (tx, address) => {
    const record = await livingToken(tx, token.id, clock.now());
    const { registration } = record;
    if (registration === null) throw new Error('a registration token registers nowhere');
    const { hosts, max_hosts } = registration;
    if (hosts.includes(address)) return;
    if (hosts.length >= max_hosts) throw usedUp(max_hosts);
    tx.put(tokenRecords, token.id, { ...record, registration: { ...registration, hosts: [...hosts, address] } });
  };
}

function usedUp(count: number): AppError {
  const machines = count === 1 ? 'the one machine it is for' : `all ${count} machines it is for`;
  return new AppError('registrations_used_up', `${machines} registered with this token already`, {
    hint: 'make another token, for as many machines as there are to be',
  });
}
