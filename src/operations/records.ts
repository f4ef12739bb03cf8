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

/** What an operation comes to so far. */
export type OperationProgress = Pick<
  OperationRecord,
  'status' | 'waiting_for' | 'reason' | 'finished_at' | 'counts' | 'handshake_window' | 'control'
>;
/** The rest of its record, which may be large and does not change. */
export type OperationRequestRecord = Omit<OperationRecord, keyof OperationProgress>;

/** By operation id, which sorts by time: what was asked for, written once. */
export const operationRecords = records<OperationRequestRecord>('operations');
/** By operation id: how it stands, written with every entry of its journal. */
export const progressRecords = records<OperationProgress>('operations-standing');
/**
 * By operation id: the addresses, frozen at the start, in order. Apart from the record, which is written often. Those that are
 * too many for one record go on in `id/part`.
 */
export const targetRecords = records<string[]>('operation-targets');
/** By `id/address`. */
export const operationHostRecords = records<HostRecord>('operation-hosts');
/** By `id/sequence`. */
export const journalEntries = eventRecords<JournalEntry>('journal', eventsInJournal);
/** By `id/address/offset`. */
export const outputChunks = byteChunks('output');
export interface LogSize {
  /** Of the chunks there are of an operation. */
  bytes: number;
  /** Once its log cannot be read any more; the chunks follow. */
  removing?: boolean;
}
/** By operation id: those of which there are chunks. */
export const logSizes = records<LogSize>('operation-logs');
/** Of earlier builds: whether the sizes hold for chunks of any age. One key, `all`. */
export const logsCounted = records<true>('operation-logs-counted');
/** By operation id: those that have not ended. */
export const runningRecords = records<true>('operations-running');
/** By operation id: those that were removed, and of which hosts, journal or log are still to follow. */
export const removingRecords = records<true>('operations-removing');
/** By `cluster/name` or `host/address`: the operation that has it for itself. */
export const lockRecords = records<{ operation: string }>('operation-locks');
/** By `cluster/kind`: the newest operation, which is what the v0 routes show. */
export const latestRecords = records<{ operation: string }>('operations-latest');

export const operationHostKey = (id: string, address: string) => `${id}/${address}`;
export const journalKey = (id: string, sequence: number) => `${id}/${String(sequence).padStart(12, '0')}`;
export const outputKey = (id: string, address: string, offset: number) =>
  `${id}/${address}/${String(offset).padStart(15, '0')}`;
export const targetKey = (id: string, part: number) => (part === 0 ? id : `${id}/${String(part).padStart(6, '0')}`);
export const latestKey = (cluster: string, kind: string) => `${cluster}/${kind}`;

/** Writes a new operation down. */
export function putOperation(tx: Transaction, operation: OperationRecord): void {
  const { status, waiting_for, reason, finished_at, counts, handshake_window, control, ...asked } = operation;
  tx.put(operationRecords, operation.id, asked);
  putProgress(tx, operation);
}

/** Writes down how it stands. */
export function putProgress(tx: Transaction, operation: OperationRecord): void {
  const { id, status, waiting_for, reason, finished_at, counts, handshake_window, control } = operation;
  const progress = { status, waiting_for, reason, finished_at, counts, handshake_window, control };
  tx.put(progressRecords, id, progress);
}

/** The whole record of an operation of which one part was read; undefined when it was removed meanwhile. */
export async function withProgress(
  reader: Pick<Reader, 'get'>,
  asked: OperationRequestRecord,
): Promise<OperationRecord | undefined> {
  const progress = (await reader.get(progressRecords, asked.id))?.value;
  if (progress !== undefined) return { ...asked, ...progress };
  // The two are removed as one.
  if ((await reader.get(operationRecords, asked.id)) === undefined) return undefined;
  throw new Error(`of the operation ${asked.id} is not known how it stands`);
}

/** The same of its status alone: the rest may be large. @throws AppError `operation_not_found` */
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
 * To be called once all that was wanted of an operation is read: what is read of one while it is removed has holes.
 *
 * @throws AppError `operation_not_found`
 */
export async function checkStillThere(reader: Pick<Reader, 'get'>, id: string): Promise<void> {
  // The progress is the small one of the two.
  if ((await reader.get(progressRecords, id)) === undefined) throw operationNotFound(id);
}

function operationNotFound(id: string): AppError {
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

/** None of an operation that was removed, of which entries may still be there. */
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
