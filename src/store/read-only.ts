import { join } from 'node:path';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';
import { AppError } from '../lib/errors.ts';
import type { Collection, Entry, ListRange, Reader } from './contract.ts';
import { boundsOf } from './key-range.ts';
import { countersKey } from './meta.ts';
import { checkDataFileInUse, dataFileOf, fileState, lockFileOf } from './store-file.ts';
import { newForm, readForm, schemaVersion } from './stored-form.ts';
import { rawValues, StoredValues } from './stored-values.ts';
import { type Counters, metaTable, tableLimit } from './tables.ts';

/** What is read of a store that this process has not opened. */
export interface StoredSnapshot extends Reader, AsyncDisposable {
  /** The version of the form of its values. */
  readonly schema: number;
  /** How many keys a collection has; 0 for one that does not exist. */
  count(collection: Collection<unknown>): Promise<number>;
  /** What the store counts; undefined for a store without writes. */
  counters(): Partial<Counters> | undefined;
}

/**
 * Opens the store of a data directory to read a snapshot of it. A server may have it open and continue to write, which
 * this reader does not see. Only unsealed records can be read, because the master key is not.
 *
 * @param collections all that will be read
 *
 * @throws AppError `store_unusable` when there is no store, it cannot be read, or a newer version of the product wrote
 *   it
 */
export function openReadOnly(directory: string, collections: readonly Collection<unknown>[]): StoredSnapshot {
  const path = join(directory, 'store');
  const dataFile = dataFileOf(directory);
  if (fileState(dataFile) === 'missing') {
    throw new AppError('store_unusable', `there is no store in the data directory ${directory}`, {
      hint: 'a server makes it at its first start; name the data directory of the server with --data-dir',
    });
  }
  fileState(lockFileOf(directory));
  checkDataFileInUse(dataFile);
  try {
    const options = { path, readOnly: true, maxDbs: tableLimit, ...rawValues, useVersions: true };
    return new ReadOnlyStore(open(options), collections);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('store_unusable', `the store in ${directory} cannot be read: ${reason}`, {
      hint: 'run this as root, or as the user of the server',
      cause,
    });
  }
}

class ReadOnlyStore implements StoredSnapshot {
  readonly schema: number;
  readonly #root: RootDatabase<unknown, string>;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #snapshot: Transaction;
  readonly #meta: Table | undefined;

  constructor(root: RootDatabase<unknown, string>, collections: readonly Collection<unknown>[]) {
    this.#root = root;
    const open = (name: string, useVersions: boolean) =>
      // LMDB returns undefined for a table that does not exist.
      root.openDB<Uint8Array, string>({ name, ...rawValues, useVersions }) as Database<Uint8Array, string> | undefined;
    const meta = open(metaTable, false);
    const opened = collections.map(({ name }) => ({ name, rows: open(name, true) }));
    // Only after the tables are open: opening one ends a snapshot.
    const transaction = root.useReadTransaction();
    this.#snapshot = transaction;
    const form = readForm((key) => meta?.get(key, { transaction })) ?? newForm;
    this.#meta = meta === undefined ? undefined : { rows: meta, values: new StoredValues(metaTable, () => form) };
    this.schema = form.kind === 'earlier' ? 1 : schemaVersion;
    this.#tables = new Map(
      opened.flatMap(({ name, rows }) =>
        rows === undefined ? [] : [[name, { rows, values: new StoredValues(name, () => form) }]],
      ),
    );
  }

  async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    const table = this.#tables.get(collection.name);
    const entry = table?.rows.getEntry(key, { transaction: this.#snapshot });
    if (table === undefined || entry === undefined) return undefined;
    return { key, value: storedAs(collection, table.values.decode(key, entry.value)), revision: entry.version ?? 0 };
  }

  async count({ name }: Collection<unknown>): Promise<number> {
    const rows = this.#tables.get(name)?.rows;
    // All versions of lmdb-js have it, and its types leave the shape open.
    const { entryCount } = (rows?.getStats() ?? { entryCount: 0 }) as { entryCount: number };
    return entryCount;
  }

  counters(): Partial<Counters> | undefined {
    const stored = this.#meta?.rows.get(countersKey, { transaction: this.#snapshot });
    return stored === undefined ? undefined : (this.#meta?.values.decode(countersKey, stored) as Partial<Counters>);
  }

  async *list<T>(collection: Collection<T>, range: ListRange = {}): AsyncIterable<Entry<T>> {
    const { offset, limit } = range;
    const table = this.#tables.get(collection.name);
    if (table === undefined) return;
    const entries = table.rows.getRange({
      ...boundsOf(range),
      versions: true,
      transaction: this.#snapshot,
      ...(offset === undefined ? {} : { offset }),
      ...(limit === undefined ? {} : { limit }),
    });
    for (const { key, value, version } of entries) {
      yield { key, value: storedAs(collection, table.values.decode(key, value)), revision: version ?? 0 };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#snapshot.done();
    await this.#root.close();
  }
}

interface Table {
  readonly rows: Database<Uint8Array, string>;
  readonly values: StoredValues;
}

function storedAs<T>(_: Collection<T>, value: unknown): T {
  // The collection says what the table of its name holds.
  return value as T;
}
