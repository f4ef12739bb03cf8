import { join } from 'node:path';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';
import { AppError } from '../lib/errors.ts';
import type { Collection, Entry, ListRange, Reader } from './contract.ts';
import { jsonValues, readable } from './json-values.ts';
import { boundsOf } from './key-range.ts';
import { checkDataFileInUse, dataFileOf, fileState, lockFileOf } from './store-file.ts';
import { tableLimit } from './tables.ts';

/**
 * Opens the store of a data directory to look at it, as it is at this moment. A server may have it open and go on writing;
 * what it writes from now on is not seen. Only records can be read: the master key is not.
 *
 * @param collections all that will be read
 *
 * @throws AppError `store_unusable` when there is none, or it cannot be read
 */
export function openReadOnly(directory: string, collections: readonly Collection<unknown>[]): Reader & AsyncDisposable {
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
    const options = { path, readOnly: true, maxDbs: tableLimit(collections), ...jsonValues, useVersions: true };
    return new ReadOnlyStore(open(options), collections);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('store_unusable', `the store in ${directory} cannot be read: ${reason}`, {
      hint: 'run this as root, or as the user of the server',
      cause,
    });
  }
}

class ReadOnlyStore implements Reader, AsyncDisposable {
  readonly #root: RootDatabase<unknown, string>;
  readonly #tables: ReadonlyMap<string, Database<unknown, string>>;
  readonly #snapshot: Transaction;

  constructor(root: RootDatabase<unknown, string>, collections: readonly Collection<unknown>[]) {
    this.#root = root;
    this.#tables = new Map(
      collections.map(({ name }) => [name, root.openDB<unknown, string>({ name, ...jsonValues, useVersions: true })]),
    );
    // To open a table ends a snapshot.
    this.#snapshot = root.useReadTransaction();
  }

  async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    const entry = this.#table(collection)?.getEntry(key, { transaction: this.#snapshot });
    if (entry === undefined) return undefined;
    return { key, value: storedAs(collection, key, entry.value), revision: entry.version ?? 0 };
  }

  async *list<T>(collection: Collection<T>, range: ListRange = {}): AsyncIterable<Entry<T>> {
    const { offset, limit } = range;
    const entries = this.#table(collection)?.getRange({
      ...boundsOf(range),
      versions: true,
      transaction: this.#snapshot,
      ...(offset === undefined ? {} : { offset }),
      ...(limit === undefined ? {} : { limit }),
    });
    for (const { key, value, version } of entries ?? []) {
      yield { key, value: storedAs(collection, key, value), revision: version ?? 0 };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#snapshot.done();
    await this.#root.close();
  }

  #table({ name }: Collection<unknown>): Database<unknown, string> | undefined {
    return this.#tables.get(name);
  }
}

/** @throws UnreadableRecord */
function storedAs<T>({ name }: Collection<T>, key: string, stored: unknown): T {
  // The collection says what the table of its name holds.
  return readable(name, key, stored) as T;
}
