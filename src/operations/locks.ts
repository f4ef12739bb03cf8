import type { Store, Transaction } from '../store/contract.ts';
import type { OperationState } from './fold.ts';
import type { Obstacle } from './obstacle.ts';
import { lockRecords, readOperation } from './records.ts';

export const clusterLock = (name: string) => `cluster/${name}`;
/** Of two requests for the same, the second is the first. */
export const identityLock = (digest: string) => `same/${digest}`;
export const hostLock = (address: string) => `host/${address}`;

/** All that an operation has for itself while it runs: each of its machines, and the cluster it was begun on. */
export function locksOf({ operation, hosts }: OperationState): string[] {
  const cluster = operation.cluster === '' ? [] : [clusterLock(operation.cluster)];
  return [...cluster, ...[...hosts.keys()].map(hostLock)];
}

/** The first of the locks that another operation has. */
export async function obstacleAmong(
  tx: Pick<Transaction, 'get'>,
  locks: readonly string[],
  self: string,
): Promise<Obstacle | undefined> {
  for (const lock of locks) {
    const holder = (await tx.get(lockRecords, lock))?.value.operation;
    if (holder === undefined || holder === self) continue;
    return { lock, operation: holder, kind: (await readOperation(tx, holder)).kind };
  }
  return undefined;
}

/**
 * Takes every lock or none, so that of two operations that want each other's machines one gets them all.
 *
 * @returns what stands in the way, or undefined when the operation has them now
 */
export async function takeLocks(store: Store, state: OperationState): Promise<Obstacle | undefined> {
  const { id } = state.operation;
  const locks = locksOf(state);
  return store.transact(async (tx) => {
    const obstacle = await obstacleAmong(tx, locks, id);
    if (obstacle !== undefined) return obstacle;
    for (const lock of locks) tx.put(lockRecords, lock, { operation: id });
    return undefined;
  }, 'journal');
}

/** Gives back those the operation has; one that ended while it waited has none. */
export async function releaseLocks(tx: Transaction, state: OperationState): Promise<void> {
  for (const lock of [state.operation.identity, ...locksOf(state)]) {
    if ((await tx.get(lockRecords, lock))?.value.operation === state.operation.id) tx.delete(lockRecords, lock);
  }
}
