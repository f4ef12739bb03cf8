import type { Reader, Transaction } from '../store/contract.ts';
import { halfOf, type Limits, pagesOf } from '../store/limits.ts';
import type { OperationState } from './fold.ts';
import type { Obstacle } from './obstacle.ts';
import { findOperation, lockRecords } from './records.ts';

export const clusterLock = (name: string) => `cluster/${name}`;
/** Two requests for the same work get the same operation. */
export const identityLock = (digest: string) => `same/${digest}`;
export const hostLock = (address: string) => `host/${address}`;

/** A lock and the operation that has it. */
export type Held = Pick<Obstacle, 'lock' | 'operation'>;

/** The lock of the operation's cluster, if it has one. */
export function clusterLocksOf({ operation }: OperationState): string[] {
  return operation.cluster === '' ? [] : [clusterLock(operation.cluster)];
}

/** The locks of the hosts, in the order in which all operations take them. */
export function hostLocksOf({ hosts }: OperationState): string[] {
  return [...hosts.keys()].toSorted().map(hostLock);
}

/** Pages of locks; each lock is compared and written. */
export function pagesOfLocks(locks: readonly string[], room: Limits): Iterable<string[]> {
  return pagesOf(locks, { operations: 2, bytes: 128 }, room);
}

/**
 * Whether the last entry of the journal releases the locks of the hosts. Those of very many hosts are released before
 * it.
 */
export function areLast({ hosts }: OperationState, room: Limits): boolean {
  return 2 * hosts.size <= halfOf(room).operations;
}

/** The locks that the last entry of the journal releases. */
export function lastLocksOf(state: OperationState, room: Limits): string[] {
  const few = [state.operation.identity, ...clusterLocksOf(state)];
  return areLast(state, room) ? [...few, ...hostLocksOf(state)] : few;
}

/** The first of the locks that another operation has. */
export async function heldAmong(
  reader: Pick<Reader, 'get'>,
  locks: readonly string[],
  self: string,
): Promise<Held | undefined> {
  for (const lock of locks) {
    const operation = (await reader.get(lockRecords, lock))?.value.operation;
    if (operation !== undefined && operation !== self) return { lock, operation };
  }
  return undefined;
}

/**
 * The first of the locks that another running operation has. An operation that is still being prepared may be undone.
 */
export async function obstacleAmong(
  reader: Pick<Reader, 'get'>,
  locks: readonly string[],
  self: string,
): Promise<Obstacle | undefined> {
  for (const lock of locks) {
    const held = await heldAmong(reader, [lock], self);
    const operation = held && (await findOperation(reader, held.operation));
    if (operation === undefined) continue;
    const { id, number, kind } = operation;
    return { lock, operation: id, number, kind };
  }
  return undefined;
}

/** Releases those of the locks that the operation has. */
export async function giveBack(tx: Transaction, locks: readonly string[], id: string): Promise<void> {
  for (const lock of locks) {
    if ((await tx.get(lockRecords, lock))?.value.operation === id) tx.delete(lockRecords, lock);
  }
}
