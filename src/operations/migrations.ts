import type { Migrated, Migration } from '../store/catalogue.ts';
import type { Entry, Transaction } from '../store/contract.ts';
import type { OperationRecord } from './fold.ts';
import { numberKey, numberRecords } from './numbers.ts';
import { isOngoing } from './operation.ts';
import { askedOperations, indexEnd, indexOperation, operationsIndexed } from './operation-index.ts';
import {
  logSizes,
  logsCounted,
  type OperationProgress,
  type OperationRequestRecord,
  operationRecords,
  outputChunks,
  progressRecords,
  putOperation,
} from './records.ts';
import { manifestRecords, manifestsCounted, manifestUses } from './sources/records.ts';

/** The record of an operation in the first builds: its progress was in the same record. */
type FirstRecord = Partial<OperationRecord> & OperationRequestRecord;

/** The same before operations had numbers. */
type UncountedRecord = Omit<OperationRequestRecord, 'number' | 'automatic'> &
  Partial<Pick<OperationRequestRecord, 'number' | 'automatic'>>;

/** Splits one record into two, and adds whether the operation's gates were checked and which clusters it is about. */
export const operationMigrations: readonly Migration[] = [
  {
    to: 2,
    what: 'every operation has all of its members, and how it stands in a record of its own',
    keys: 2,
    change(tx, { key, value }: Entry<FirstRecord>) {
      const { gates_checked = false, cluster, clusters = cluster === '' ? [''] : undefined, ...rest } = value;
      const asked = { ...rest, cluster, ...(clusters === undefined ? {} : { clusters }), gates_checked };
      if (isWhole(asked)) putOperation(tx, { ...asked, handshake_window: asked.handshake_window ?? null });
      else tx.put(operationRecords, key, asked);
    },
  },
  {
    to: 3,
    what: 'every operation has a number, in the order of their starts',
    keys: 3,
    async change(tx, { key, value }: Entry<UncountedRecord>, previous) {
      const before = previous === undefined ? undefined : await tx.get(operationRecords, previous);
      const number = (before?.value.number ?? 0) + 1;
      const { id, kind, requested_by, number: _, automatic: known, ...rest } = value;
      const automatic = known ?? (kind === 'bootstrap' && requested_by === 'commissaire');
      tx.put(operationRecords, key, { id, number, kind, ...rest, requested_by, automatic });
      tx.put(numberRecords, numberKey(number), { operation: id });
    },
  },
];

export const standingMigrations: readonly Migration[] = [
  {
    to: 2,
    what: 'how an operation stands has all of its members',
    keys: 1,
    change(tx, { key, value }: Entry<OperationProgress>) {
      tx.put(progressRecords, key, { ...value, handshake_window: value.handshake_window ?? null });
    },
  },
];

/** The first builds did not count what they kept of an operation's output. */
export const logSizeMigrations: readonly Migration[] = [
  {
    to: 2,
    what: 'counting the logs of operations',
    over: outputChunks,
    keys: 2,
    isNeeded: async (reader) => (await reader.get(logsCounted, 'all')) === undefined,
    async change(tx, { key, value }: Migrated<Uint8Array>, previous) {
      const id = operationOf(key);
      const isFirst = previous === undefined || operationOf(previous) !== id;
      const before = isFirst ? 0 : ((await tx.get(logSizes, id))?.value.bytes ?? 0);
      tx.put(logSizes, id, { bytes: before + value.length });
    },
  },
];

/** The first builds had no index. */
export const indexMigrations: readonly Migration[] = [
  {
    to: 2,
    what: 'finding operations by kind, cluster and status',
    over: operationRecords,
    keys: 5,
    isNeeded: async (reader) => (await reader.get(operationsIndexed, 'all')) === undefined,
    async change(tx, { key: id, value }: Entry<OperationRequestRecord>) {
      indexOperation(tx, value);
      const progress = (await tx.get(progressRecords, id))?.value;
      if (progress !== undefined && !isOngoing(progress.status)) indexEnd(tx, { id, status: progress.status });
    },
  },
];

export const askedMigrations: readonly Migration[] = [
  {
    to: 2,
    what: 'finding the operations that are not automatic',
    over: operationRecords,
    keys: 1,
    change(tx, { key: id, value }: Entry<OperationRequestRecord>) {
      if (!value.automatic) tx.put(askedOperations, id, true);
    },
  },
];

const areUncounted: Migration['isNeeded'] = async (reader) => (await reader.get(manifestsCounted, 'all')) === undefined;

/** The first builds did not count the operations that copy what is in a manifest. */
export const manifestUseMigrations: readonly Migration[] = [
  {
    to: 2,
    what: 'counting the uses of manifests from nothing',
    over: manifestRecords,
    keys: 1,
    isNeeded: areUncounted,
    change: (tx, { key }) => tx.put(manifestUses, key, { operations: 0 }),
  },
  {
    to: 3,
    what: 'counting the uses of manifests',
    over: operationRecords,
    keys: 2,
    isNeeded: areUncounted,
    change: (tx, { value }: Entry<OperationRequestRecord>) => countUse(tx, value),
  },
];

async function countUse(tx: Transaction, { kind, parameters }: OperationRequestRecord): Promise<void> {
  if (kind !== 'copy') return;
  const digest = String(parameters.manifest);
  const uses = (await tx.get(manifestUses, digest))?.value;
  if (uses !== undefined) tx.put(manifestUses, digest, { operations: uses.operations + 1 });
}

function isWhole(record: FirstRecord): record is OperationRecord {
  return record.control !== undefined;
}

/** The key of a chunk begins with the id. */
function operationOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
