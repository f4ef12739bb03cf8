import { AppError } from '../lib/errors.ts';
import {
  byteChunks,
  type Entry,
  eventRecords,
  type Reader,
  records,
  type Store,
  type TimedEvent,
  type Transaction,
} from '../store/contract.ts';
import type { JournalEntry } from './entry.ts';
import { eventOf } from './entry-event.ts';
import type { HostRecord, OperationRecord, OperationState } from './fold.ts';
import type { OperationStatus } from './operation.ts';

/** The members of an operation's record that change while it runs. */
export type OperationProgress = Pick<
  OperationRecord,
  'status' | 'waiting_for' | 'reason' | 'finished_at' | 'counts' | 'handshake_window' | 'control'
>;
/** The rest of its record, which may be large and does not change. */
export type OperationRequestRecord = Omit<OperationRecord, keyof OperationProgress>;

/** By operation id, which sorts by time: the request, written once. */
export const operationRecords = records<OperationRequestRecord>('operations');
/** By operation id: the progress, written with every entry of the journal. */
export const progressRecords = records<OperationProgress>('operations-standing');
/**
 * By operation id: the addresses, frozen at the start, in order. Separate from the progress, which is written often.
 * Addresses that are too many for one record continue in `id/part`.
 */
export const targetRecords = records<string[]>('operation-targets');
/** By `id/address`. */
export const operationHostRecords = records<HostRecord>('operation-hosts');
/** By `id/sequence`. */
export const journalEntries = eventRecords<JournalEntry>('journal', eventsInJournal);
/** By `id/address/offset`. */
export const outputChunks = byteChunks('output');
export interface LogSize {
  /** Bytes of all chunks of an operation. */
  bytes: number;
  /** True once the log cannot be read any more; its chunks are removed next. */
  removing?: boolean;
}
/** By operation id: the operations that have chunks. */
export const logSizes = records<LogSize>('operation-logs');
/** From earlier builds: whether the sizes hold for chunks of any age. One key, `all`. */
export const logsCounted = records<true>('operation-logs-counted');
/** By operation id: the operations that have not ended. */
export const runningRecords = records<true>('operations-running');
/** By operation id: the operations that were removed, and whose hosts, journal or log must still be removed. */
export const removingRecords = records<true>('operations-removing');
/** By `cluster/name` or `host/address`: the operation that has the lock. */
export const lockRecords = records<{ operation: string }>('operation-locks');
/** By `cluster/kind`: the newest operation, which is what the v0 routes show. */
export const latestRecords = records<{ operation: string }>('operations-latest');

export const operationHostKey = (id: string, address: string) => `${id}/${address}`;
export const journalKey = (id: string, sequence: number) => `${id}/${String(sequence).padStart(12, '0')}`;
export const outputKey = (id: string, address: string, offset: number) =>
  `${id}/${address}/${String(offset).padStart(15, '0')}`;
export const targetKey = (id: string, part: number) => (part === 0 ? id : `${id}/${String(part).padStart(6, '0')}`);
export const latestKey = (cluster: string, kind: string) => `${cluster}/${kind}`;

/** Stores a new operation. */
export function putOperation(tx: Transaction, operation: OperationRecord): void {
  const { status, waiting_for, reason, finished_at, counts, handshake_window, control, ...asked } = operation;
  tx.put(operationRecords, operation.id, asked);
  putProgress(tx, operation);
}

/** Stores the progress of an operation. */
export function putProgress(tx: Transaction, operation: OperationRecord): void {
  const { id, status, waiting_for, reason, finished_at, counts, handshake_window, control } = operation;
  const progress = { status, waiting_for, reason, finished_at, counts, handshake_window, control };
  tx.put(progressRecords, id, progress);
}

/** The whole record of an operation whose request was read; undefined when it was removed meanwhile. */
export async function withProgress(
  reader: Pick<Reader, 'get'>,
  asked: OperationRequestRecord,
): Promise<OperationRecord | undefined> {
  const progress = (await reader.get(progressRecords, asked.id))?.value;
  if (progress !== undefined) return { ...asked, ...progress };
  // The two records are removed in one transaction.
  if ((await reader.get(operationRecords, asked.id)) === undefined) return undefined;
  throw new Error(`of the operation ${asked.id} is not known how it stands`);
}

/** Only its status: the rest may be large. @throws AppError `operation_not_found` */
export async function statusOf(reader: Pick<Reader, 'get'>, id: string): Promise<OperationStatus> {
  const progress = await reader.get(progressRecords, id);
  if (progress === undefined) throw operationNotFound(id);
  return progress.value.status;
}

/** The revision of the last change to any operation, or a later one. */
export function revisionOfOperations(store: Pick<Store, 'revisionOf'>): Promise<number> {
  return store.revisionOf(operationRecords, progressRecords);
}

/** Undefined when there is none. */
export async function findOperation(reader: Pick<Reader, 'get'>, id: string): Promise<OperationRecord | undefined> {
  const asked = (await reader.get(operationRecords, id))?.value;
  return asked && withProgress(reader, asked);
}

/** @throws AppError `operation_not_found` */
export async function readOperation(reader: Pick<Reader, 'get'>, id: string): Promise<OperationRecord> {
  const operation = await findOperation(reader, id);
  if (operation !== undefined) return operation;
  throw operationNotFound(id);
}

/**
 * To be called after the last read about an operation: while it is removed, reads may miss parts of it.
 *
 * @throws AppError `operation_not_found`
 */
export async function checkStillThere(reader: Pick<Reader, 'get'>, id: string): Promise<void> {
  // The progress is the smaller one of the two records.
  if ((await reader.get(progressRecords, id)) === undefined) throw operationNotFound(id);
}

export function operationNotFound(id: string): AppError {
  return new AppError('operation_not_found', `there is no operation ${id}`, {
    hint: 'list the operations with `commctl operation list`',
  });
}

/** The addresses of an operation, in order; none when it was removed. */
export async function targetOf(reader: Reader, id: string): Promise<string[]> {
  return (await partsOfTarget(reader, id)).flatMap(({ value }) => value);
}

export async function partsOfTarget(reader: Reader, id: string): Promise<Entry<string[]>[]> {
  const first = await reader.get(targetRecords, targetKey(id, 0));
  if (first === undefined) return [];
  return [first, ...(await Array.fromAsync(reader.list(targetRecords, { prefix: `${id}/` })))];
}

/** The operation with every host, as stored. @throws AppError `operation_not_found` */
export async function readState(reader: Reader, id: string): Promise<OperationState> {
  const operation = await readOperation(reader, id);
  const order = await targetOf(reader, id);
  const stored = new Map<string, HostRecord>();
  for await (const { value } of reader.list(operationHostRecords, { prefix: `${id}/` }))
    stored.set(value.address, value);
  const hosts = new Map<string, HostRecord>();
  for (const address of order) {
    const host = stored.get(address);
    if (host !== undefined) hosts.set(address, host);
  }
  await checkStillThere(reader, id);
  return { operation, hosts };
}

/** Events of journal entries; none of an operation that was removed, whose entries may still be stored. */
async function eventsInJournal(
  entries: readonly Entry<JournalEntry>[],
  reader: Pick<Reader, 'get'>,
): Promise<(TimedEvent | undefined)[]> {
  const operations = new Map<string, OperationRequestRecord | undefined>();
  const events: (TimedEvent | undefined)[] = [];
  for (const { key, value } of entries) {
    const [id = ''] = key.split('/');
    if (!operations.has(id)) operations.set(id, (await reader.get(operationRecords, id))?.value);
    const operation = operations.get(id);
    events.push(operation && eventOf(operation, value));
  }
  return events;
}
