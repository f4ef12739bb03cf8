import { AppError } from '../lib/errors.ts';
import { byteChunks, type Reader, records } from '../store/contract.ts';
import type { JournalEntry } from './entry.ts';
import type { HostRecord, OperationRecord, OperationState } from './fold.ts';

/** By operation id, which sorts by time. */
export const operationRecords = records<OperationRecord>('operations');
/** By operation id: the addresses, frozen at the start, in order. Apart from the record, which is written often. */
export const targetRecords = records<string[]>('operation-targets');
/** By `id/address`. */
export const operationHostRecords = records<HostRecord>('operation-hosts');
/** By `id/sequence`. */
export const journalEntries = records<JournalEntry>('journal');
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
/** Whether the sizes hold for chunks of any age. One key, `all`. */
export const logsCounted = records<true>('operation-logs-counted');
/** By operation id: those that have not ended. */
export const runningRecords = records<true>('operations-running');
/** By `cluster/name` or `host/address`: the operation that has it for itself. */
export const lockRecords = records<{ operation: string }>('operation-locks');
/** By `cluster/kind`: the newest operation, which is what the v0 routes show. */
export const latestRecords = records<{ operation: string }>('operations-latest');

export const operationHostKey = (id: string, address: string) => `${id}/${address}`;
export const journalKey = (id: string, sequence: number) => `${id}/${String(sequence).padStart(12, '0')}`;
export const outputKey = (id: string, address: string, offset: number) =>
  `${id}/${address}/${String(offset).padStart(15, '0')}`;
export const latestKey = (cluster: string, kind: string) => `${cluster}/${kind}`;

/** @throws AppError `operation_not_found` */
export async function readOperation(reader: Pick<Reader, 'get'>, id: string): Promise<OperationRecord> {
  const operation = (await reader.get(operationRecords, id))?.value;
  if (operation !== undefined) return operation;
  throw new AppError('operation_not_found', `there is no operation ${id}`, {
    hint: 'list the operations with `commctl operation list`',
  });
}

/** The operation with every host, as stored. @throws AppError `operation_not_found` */
export async function readState(reader: Reader, id: string): Promise<OperationState> {
  const operation = await readOperation(reader, id);
  const order = (await reader.get(targetRecords, id))?.value ?? [];
  const stored = new Map<string, HostRecord>();
  for await (const { value } of reader.list(operationHostRecords, { prefix: `${id}/` }))
    stored.set(value.address, value);
  const hosts = new Map<string, HostRecord>();
  for (const address of order) {
    const host = stored.get(address);
    if (host !== undefined) hosts.set(address, host);
  }
  return { operation, hosts };
}
