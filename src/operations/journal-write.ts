import { longestError } from '../inventory/host.ts';
import { shortened } from '../lib/shortened.ts';
import type { TimedEvent, Transaction } from '../store/contract.ts';
import type { Size } from '../store/limits.ts';
import { leftDownRecords } from './budget.ts';
import type { JournalEntry, NewEntry } from './entry.ts';
import { standsInJournal } from './entry-event.ts';
import type { HostRecord, OperationRecord } from './fold.ts';
import { journalEntries } from './records.ts';

/** A change of the state that is being written to disk. */
export interface Write {
  /** Its size in a transaction. */
  size: Size;
  apply(tx: Transaction): void | Promise<void>;
  /** The record of the operation after the change; left out when it does not change. */
  operation?: OperationRecord;
  /** The record of the host that the change is about. */
  host?: HostRecord | undefined;
}

export interface Pending {
  writes: readonly Write[];
  done: PromiseWithResolvers<void>;
}

export function sizeOf({ writes }: Pending): Size {
  return {
    operations: writes.reduce((sum, { size }) => sum + size.operations, 0),
    bytes: writes.reduce((sum, { size }) => sum + size.bytes, 0),
  };
}

/** Limits error messages of hosts: machines supply part of their text. */
export function bounded(entry: NewEntry): NewEntry {
  if (entry.type !== 'host_ended' || entry.error === null) return entry;
  return { ...entry, error: { ...entry.error, message: shortened(entry.error.message, longestError) } };
}

/** Writes how the host was left, and the event that it returned. */
export async function saveDown(tx: Transaction, operation: string, { host, down }: Ended): Promise<void> {
  if (down === undefined) return;
  if (down !== null) {
    tx.put(leftDownRecords, host, { operation, why: down });
    return;
  }
  const left = (await tx.get(leftDownRecords, host))?.value;
  if (left === undefined) return;
  tx.delete(leftDownRecords, host);
  tx.emit({ type: 'host', action: 'returned', key: host, data: { was: left.why } });
}

/**
 * Events about the machines of an operation are many. Followers read them from the journal, except for bad outcomes.
 */
export function emit(tx: Transaction, key: string, event: TimedEvent | undefined): void {
  if (event === undefined) return;
  if (standsInJournal(event)) tx.emitFrom(journalEntries, key, event);
  else tx.emit(event);
}

type Ended = Extract<JournalEntry, { type: 'host_ended' }>;
