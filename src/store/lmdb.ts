import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { type Clock, timestamp } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Collection, Entry, EventLog, ListRange, NewEvent, Store, StoredEvent, Transaction } from './contract.ts';
import { lockDataDirectory } from './lock.ts';
import { type Migration, pendingMigrations } from './schema.ts';
import { loadMasterKey, type Sealer, sealerWith } from './seal.ts';
import { BufferedTransaction } from './transaction.ts';

/** The form of everything stored by this build. Raise it together with a migration. */
export const schemaVersion = 1;

/** Gives a migration the tables by name. */
export type Tables = (name: string) => Database<unknown, string>;

const migrations: readonly Migration<Tables>[] = [{ to: 1, describe: 'a new store', apply: () => undefined }];

export interface OpenStoreOptions {
  /** Made with mode 0700 when it is not there. */
  directory: string;
  clock: Clock;
  /** How many events are kept; the oldest go first. */
  maxEvents?: number;
  /** For tests of the migration hook. */
  schema?: { version: number; migrations: readonly Migration<Tables>[] };
}

const conflictRetries = 64;
const defaultMaxEvents = 100_000;

/**
 * Opens the LMDB store of a data directory for this process alone.
 *
 * @throws AppError `data_directory_in_use`, `store_unusable`
 */
export function openLmdbStore(options: OpenStoreOptions): Store {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const lock = lockDataDirectory(options.directory);
  try {
    return new LmdbStore(options, lock);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

interface Counters {
  revision: number;
  sequence: number;
  /** Sequence number of the oldest event kept. */
  firstEvent: number;
}

class LmdbStore implements Store {
  readonly events: EventLog;
  readonly #root: RootDatabase<unknown, string>;
  readonly #meta: Database<unknown, string>;
  readonly #eventTable: Database<StoredEvent, string>;
  readonly #tables = new Map<string, Database<unknown, string>>();
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  readonly #lock: Disposable;
  readonly #clock: Clock;
  readonly #maxEvents: number;
  readonly #sealer: Sealer;
  #counters: Counters;
  #diskFull = false;

  constructor(options: OpenStoreOptions, lock: Disposable) {
    this.#lock = lock;
    this.#clock = options.clock;
    this.#maxEvents = options.maxEvents ?? defaultMaxEvents;
    const path = join(options.directory, 'store');
    const isNew = !exists(path);
    this.#sealer = sealerWith(loadMasterKey(join(options.directory, 'master.key'), isNew));
    this.#root = open({ path, maxDbs: 64, encoding: 'json', useVersions: true, noSubdir: false });
    this.#meta = this.#root.openDB({ name: 'meta', encoding: 'json' });
    this.#eventTable = this.#root.openDB({ name: 'events', encoding: 'json' });
    this.#migrate(options.schema ?? { version: schemaVersion, migrations });
    this.#counters = this.#readCounters();
    this.events = this.#eventLog();
  }

  async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    const entry = this.#table(collection).getEntry(key);
    if (entry === undefined) return undefined;
    return { key, value: await this.#decode(collection, entry.value), revision: entry.version ?? 0 };
  }

  async *list<T>(collection: Collection<T>, range: ListRange = {}): AsyncIterable<Entry<T>> {
    const entries = this.#table(collection).getRange({
      ...bounds(range),
      versions: true,
      snapshot: false,
      ...(range.limit === undefined ? {} : { limit: range.limit }),
    });
    for (const { key, value, version } of entries) {
      yield { key, value: await this.#decode(collection, value), revision: version ?? 0 };
    }
  }

  async transact<R>(work: (transaction: Transaction) => Promise<R>): Promise<R> {
    for (let attempt = 0; attempt < conflictRetries; attempt += 1) {
      const transaction = new BufferedTransaction(this);
      const result = await work(transaction);
      if (transaction.writes.size === 0 && transaction.events.length === 0) return result;
      if (await this.#commit(transaction)) return result;
    }
    throw new AppError('conflict', 'the record kept changing while it was being written', { hint: 'try again' });
  }

  async close(): Promise<void> {
    // LMDB aborts the whole process when an environment is closed after a write failed for lack of space.
    if (!this.#diskFull) await this.#root.close();
    this.#lock[Symbol.dispose]();
  }

  /** False when something the transaction read has changed meanwhile; nothing is written then. */
  async #commit(transaction: BufferedTransaction): Promise<boolean> {
    const encoded = await Promise.all(
      [...transaction.writes.values()].map(async ({ collection, key, value }) => ({
        table: this.#table(collection),
        key,
        stored: value === undefined ? undefined : await this.#encode(collection, value),
      })),
    );
    let written: StoredEvent[] | undefined;
    try {
      await this.#root.transaction(() => {
        const changed = [...transaction.reads.values()].some(
          ({ collection, key, revision }) => (this.#table(collection).getEntry(key)?.version ?? 0) !== revision,
        );
        if (changed) return;
        const revision = this.#counters.revision + 1;
        for (const { table, key, stored } of encoded) {
          if (stored === undefined) table.removeSync(key);
          else table.putSync(key, stored, revision);
        }
        this.#counters.revision = revision;
        written = this.#appendEvents(transaction.events);
        this.#meta.putSync('counters', this.#counters);
      });
      await this.#root.flushed;
    } catch (error) {
      throw this.#writeFailure(error);
    }
    if (written === undefined) return false;
    this.#deliver(written);
    return true;
  }

  #appendEvents(events: readonly NewEvent[]): StoredEvent[] {
    const at = timestamp(this.#clock.now());
    return events.map((event) => {
      this.#counters.sequence += 1;
      const stored: StoredEvent = { sequence: this.#counters.sequence, at, ...event };
      this.#eventTable.putSync(eventKey(stored.sequence), stored);
      while (this.#counters.sequence - this.#counters.firstEvent >= this.#maxEvents) {
        this.#eventTable.removeSync(eventKey(this.#counters.firstEvent));
        this.#counters.firstEvent += 1;
      }
      return stored;
    });
  }

  #deliver(events: readonly StoredEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  #eventLog(): EventLog {
    return {
      read: async (after, limit) =>
        Array.from(this.#eventTable.getRange({ start: eventKey(after + 1), limit }), ({ value }) => value),
      bounds: async () => {
        const { sequence, firstEvent } = this.#counters;
        return sequence === 0 ? { first: 0, last: 0 } : { first: firstEvent, last: sequence };
      },
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
      },
    };
  }

  #table(collection: Collection<unknown>): Database<unknown, string> {
    const known = this.#tables.get(collection.name);
    if (known !== undefined) return known;
    const encoding = collection.form === 'bytes' ? 'binary' : 'json';
    const table = this.#root.openDB<unknown, string>({ name: collection.name, encoding, useVersions: true });
    this.#tables.set(collection.name, table);
    return table;
  }

  async #encode(collection: Collection<unknown>, value: unknown): Promise<unknown> {
    return collection.form === 'sealed' ? this.#sealer.seal(value) : value;
  }

  async #decode<T>(collection: Collection<T>, stored: unknown): Promise<T> {
    // What a collection holds was put there as T: the one place where the store trusts its own disk.
    return (collection.form === 'sealed' ? await this.#sealer.open(String(stored)) : stored) as T;
  }

  #migrate(schema: { version: number; migrations: readonly Migration<Tables>[] }): void {
    const stored = Number(this.#meta.get('schema') ?? 0);
    const tables: Tables = (name) => this.#root.openDB({ name, encoding: 'json', useVersions: true });
    for (const step of pendingMigrations(stored, schema.version, schema.migrations)) {
      this.#root.transactionSync(() => {
        step.apply(tables);
        this.#meta.putSync('schema', step.to);
      });
    }
  }

  #readCounters(): Counters {
    const stored = this.#meta.get('counters');
    return stored === undefined ? { revision: 0, sequence: 0, firstEvent: 1 } : (stored as Counters);
  }

  #writeFailure(error: unknown): unknown {
    if (!/no space left|MDB_MAP_FULL|ENOSPC/i.test(String(error))) return error;
    this.#diskFull = true;
    // A failed commit leaves the counters ahead of the disk.
    this.#counters = this.#readCounters();
    return new AppError('store_full', 'the change was not stored: the disk of the data directory is full', {
      hint: 'free space on that file system, then try again',
      cause: error,
    });
  }
}

function eventKey(sequence: number): string {
  return String(sequence).padStart(16, '0');
}

/** Past every key that begins with the prefix: no key holds this character. */
const afterAll = '\uffff';

function bounds({ prefix = '', from, after, reverse = false }: ListRange): {
  start?: string;
  end?: string;
  reverse?: boolean;
  exclusiveStart?: boolean;
} {
  const low = from ?? prefix;
  const high = prefix + afterAll;
  if (reverse) return { start: after ?? high, end: low, reverse, exclusiveStart: after !== undefined };
  return { start: after ?? low, end: high, exclusiveStart: after !== undefined };
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
