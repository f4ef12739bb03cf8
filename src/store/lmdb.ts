import { join } from 'node:path';
import { type Database, getLastVersion, open, type RootDatabase, type RootDatabaseOptions } from 'lmdb';
import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import type { Catalogued } from './catalogue.ts';
import { CommitFeed, type DurableCommit } from './commit-feed.ts';
import { Committing } from './committing.ts';
import type {
  Collection,
  Committed,
  Entry,
  KeyedStore,
  ListRange,
  StoredEvent,
  Transaction,
  WatchListener,
} from './contract.ts';
import { diskOf, hasNoSpace, hasRoomFor, type Purpose } from './disk-space.ts';
import { type EventCounters, EventTable } from './event-table.ts';
import { beginStore } from './first-start.ts';
import { jsonValues, readable } from './json-values.ts';
import { KeptEntries } from './kept-entries.ts';
import { openKeyFile } from './key-file.ts';
import { boundsOf } from './key-range.ts';
import { KeyRotation, type Rotated } from './key-rotation.ts';
import { type Limits, noLimits } from './limits.ts';
import type { ListRead, SeenKey } from './list-read.ts';
import { lockDataDirectory, makeDataDirectory } from './lock.ts';
import { type Migration, pendingMigrations } from './schema.ts';
import { Keyring, openRecord } from './seal.ts';
import { makeLockFile } from './store-file.ts';
import { eventTable, metaTable, tableLimit } from './tables.ts';
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
  /** What protects the master key in its file, if anything does. */
  passphrase?: string | undefined;
  /** Whether a store may be made beside a master key that is there. */
  newStore?: boolean;
  /** Every collection that may be asked for. Without it none is known beforehand, as tests have it. */
  catalogue?: readonly Pick<Catalogued, 'collection' | 'isInMemory'>[] | undefined;
  /** How many events are kept; the oldest go first. */
  maxEvents?: number;
  /** What a transaction may come to; without it there is no bound but memory. */
  limits?: Limits;
  /** For tests of the migration hook. */
  schema?: { version: number; migrations: readonly Migration<Tables>[] };
}

/** LMDB's bound on a key as it is built here, in bytes. */
const maxKeyBytes = 1978;
/** Keys of a list that are looked up together, before the values one by one. */
const keysAtOnce = 64;
/** How long LMDB may take to tell why a commit failed. */
const reasonMs = 1_000;
const conflictRetries = 64;
const defaultMaxEvents = 100_000;

/**
 * Opens the LMDB store of a data directory for this process alone.
 *
 * @throws AppError `data_directory_in_use`, `store_unusable`; `invalid_configuration` for a new store where there is one
 */
export function openLmdbStore(options: OpenStoreOptions): KeyedStore {
  makeDataDirectory(options.directory);
  const lock = lockDataDirectory(options.directory);
  try {
    return new LmdbStore(options, lock);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

interface Counters extends EventCounters {
  revision: number;
  /** Of the last write to anything but logs; a store of an earlier version has none. */
  listedRevision?: number;
}

class LmdbStore extends Committing implements KeyedStore {
  readonly events: EventTable;
  readonly limits: Limits;
  readonly #root: RootDatabase<unknown, string>;
  readonly #meta: Database<unknown, string>;
  readonly #tables = new Map<string, Database<unknown, string>>();
  /** Of the collections that were asked for as a whole, by name. */
  readonly #kept = new Map<string, KeptEntries>();
  /** Of the last write to a collection since the store was opened, by name. */
  readonly #revisions = new Map<string, number>();
  /** When the store was opened: no collection was written later by then. */
  readonly #firstRevision: number;
  readonly #feed: CommitFeed;
  readonly #lock: Disposable;
  readonly #clock: Clock;
  readonly #keyring: Keyring;
  readonly #rotation: KeyRotation;
  readonly #directory: string;
  /** Names of the collections that are kept in memory; all of them when there is no catalogue. */
  readonly #inMemory: ReadonlySet<string> | undefined;
  #closed = false;
  #commitFailed = false;

  constructor(options: OpenStoreOptions, lock: Disposable) {
    super();
    this.#lock = lock;
    this.#clock = options.clock;
    this.limits = options.limits ?? noLimits;
    this.#directory = options.directory;
    const { directory, passphrase, newStore = false, catalogue } = options;
    const collections = catalogue?.map(({ collection }) => collection);
    const inMemory = catalogue?.filter(({ isInMemory }) => isInMemory);
    this.#inMemory = inMemory && new Set(inMemory.map(({ collection }) => collection.name));
    const beginning = beginStore({ directory, newStore });
    const keyFile = openKeyFile({ path: join(directory, 'master.key'), mayCreate: beginning.isNew, passphrase });
    this.#keyring = new Keyring(keyFile.keys);
    makeLockFile(directory);
    // Without `overlappingSync` a commit resolves when it is on disk. With it the promise of the flush never settles when
    // the next commit fails. With `eventTurnBatching` a failed commit also rejects a promise that nobody can handle.
    this.#root = openEnvironment(join(directory, 'store'), {
      maxDbs: tableLimit(collections),
      overlappingSync: false,
      eventTurnBatching: false,
    });
    this.#rotation = new KeyRotation({ root: this.#root, keyring: this.#keyring, keyFile, collections });
    this.#meta = this.#root.openDB({ name: metaTable, ...jsonValues });
    this.#migrate(options.schema ?? { version: schemaVersion, migrations });
    beginning.done();
    const { revision, listedRevision = revision } = this.#readCounters();
    this.#firstRevision = listedRevision;
    this.#feed = new CommitFeed(revision);
    this.events = this.#openEvents(options.maxEvents ?? defaultMaxEvents);
    this.#feed.onCommit((commit) => this.#follow(commit));
  }

  async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    const kept = this.#kept.get(collection.name);
    if (kept === undefined) return this.#read(collection, key);
    this.#checkOpen();
    if (!mayBeKey(key)) return undefined;
    // What is kept was read from the table of this collection, which holds T.
    return kept.get(key) as Entry<T> | undefined;
  }

  /** From the disk. */
  async #read<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    if (!mayBeKey(key)) return undefined;
    const entry = this.#table(collection).getEntry(key);
    if (entry === undefined) return undefined;
    return { key, value: await this.#decode(collection, key, entry.value), revision: entry.version ?? 0 };
  }

  /**
   * Key by key: no cursor of LMDB is kept while others have their turn. When the entry that one stands on is deleted
   * meanwhile, it goes on behind the next one, and that is never read.
   */
  async *list<T>(collection: Collection<T>, range: ListRange = {}): AsyncIterable<Entry<T>> {
    const pace = new Pace();
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for (let page: ListRange | undefined = range; page !== undefined && left > 0; ) {
      const keys = this.#keysOf(collection, page, Math.min(left, keysAtOnce));
      for (const key of keys) {
        const entry = await this.#read(collection, key);
        if (entry === undefined) continue;
        left -= 1;
        yield entry;
        // What is read is in memory, mapped: nothing else would make anybody wait here, and all others would.
        if (pace.isDue) await pace.rest();
      }
      page = pageBehind(range, keys.at(-1));
    }
  }

  #keysOf(collection: Collection<unknown>, { offset = 0, ...range }: ListRange, limit: number): string[] {
    if (!mayHoldKeys(range)) return [];
    return Array.from(this.#table(collection).getKeys({ ...boundsOf(range), offset, limit }));
  }

  async all<T>(collection: Collection<T>): Promise<readonly Entry<T>[]> {
    // What is sealed on disk does not lie open in memory.
    const isInMemory = this.#inMemory?.has(collection.name) ?? true;
    if (collection.form !== 'record' || !isInMemory) return Array.fromAsync(this.list(collection));
    const table = this.#table(collection);
    const known = this.#kept.get(collection.name);
    const kept = known ?? new KeptEntries(table, collection.name);
    if (known === undefined) this.#kept.set(collection.name, kept);
    // What is kept was read from the table of this collection, which holds T.
    return kept.entries() as readonly Entry<T>[];
  }

  watch(collections: readonly Collection<unknown>[], listener: WatchListener): Disposable {
    return this.#feed.watch(collections, listener);
  }

  async count(collection: Collection<unknown>): Promise<number> {
    return this.#table(collection).getKeysCount();
  }

  async revisionOf(...collections: readonly Collection<unknown>[]): Promise<number> {
    return Math.max(...collections.map(({ name }) => this.#revisions.get(name) ?? this.#firstRevision));
  }

  async commit<R>(work: (transaction: Transaction) => Promise<R>, purpose: Purpose = 'change'): Promise<Committed<R>> {
    for (let attempt = 0; attempt < conflictRetries; attempt += 1) {
      // What it read is compared at the commit, and is its own to change.
      const transaction = new BufferedTransaction({
        get: (collection, key) => this.#read(collection, key),
        list: (collection, range) => this.list(collection, range),
      });
      const result = await work(transaction);
      if (!transaction.changesSomething) {
        if (this.#isOneMoment(transaction)) return { result, events: [] };
        continue;
      }
      transaction.checkSize(this.limits);
      if (!this.hasRoomFor(purpose)) throw storeFull();
      const events = await this.#write(transaction);
      if (events !== undefined) return { result, events };
    }
    throw new AppError('conflict', 'the record kept changing while it was being written', { hint: 'try again' });
  }

  hasRoomFor(purpose: Purpose): boolean {
    return hasRoomFor(purpose, diskOf(this.#directory));
  }

  async rotateKeys(): Promise<Rotated> {
    this.#checkOpen();
    return this.#rotation.rotate().catch(async (error) => {
      throw await this.#writeFailure(error);
    });
  }

  async finishRotation(): Promise<void> {
    this.#checkOpen();
    await this.#rotation.finish().catch(async (error) => {
      throw await this.#writeFailure(error);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    // LMDB aborts the whole process when an environment is closed after a commit failed.
    if (!this.#commitFailed) await this.#root.close();
    this.#lock[Symbol.dispose]();
  }

  /** The events as they were written; undefined when something the transaction read has changed meanwhile, and nothing was. */
  async #write(transaction: BufferedTransaction): Promise<readonly StoredEvent[] | undefined> {
    const key = this.#keyring.current;
    const encoded = await Promise.all(
      [...transaction.writes.values()].map(async ({ collection, key, value }) => ({
        table: this.#table(collection),
        key,
        stored: value === undefined ? undefined : await this.#encode(collection, value),
      })),
    );
    let events: StoredEvent[] | undefined;
    let revision = 0;
    this.#checkOpen();
    try {
      // A child transaction, because a plain one keeps what it wrote before something in it threw.
      await this.#root.childTransaction(() => {
        // What was sealed with the key before would not be found by the one who seals everything anew.
        if (!this.#isAsRead(transaction) || this.#keyring.current !== key) return;
        // Read here each time: a count kept in memory would be ahead of the disk after a commit that failed.
        const counters = this.#readCounters();
        counters.revision += 1;
        revision = counters.revision;
        if ([...transaction.writes.values()].some(({ collection }) => collection.isLog !== true)) {
          counters.listedRevision = revision;
        }
        for (const { table, key, stored } of encoded) {
          if (stored === undefined) table.removeSync(key);
          else table.putSync(key, stored, counters.revision);
        }
        events = this.events.append(transaction.events, counters);
        this.#meta.putSync('counters', counters);
      });
    } catch (error) {
      throw await this.#writeFailure(error);
    }
    if (events === undefined) return undefined;
    const written = Array.from(transaction.writes.values(), ({ collection: { name }, key }) => ({
      collection: name,
      key,
    }));
    await this.#feed.tell({ revision, written, events });
    return events;
  }

  #follow({ revision, written }: DurableCommit): void {
    for (const { collection, key } of written) {
      this.#revisions.set(collection, Math.max(revision, this.#revisions.get(collection) ?? 0));
      if (key !== undefined) this.#kept.get(collection)?.changed(key);
    }
  }

  /** Whether all that was read is so at this moment: nobody else has a turn while it is looked at. */
  #isOneMoment(transaction: BufferedTransaction): boolean {
    if (!transaction.readMoreThanOnce) return true;
    this.#checkOpen();
    this.#root.resetReadTxn();
    return this.#isAsRead(transaction);
  }

  /** Whether what the transaction read is still so. To be asked where nobody else can write. */
  #isAsRead({ reads, lists }: BufferedTransaction): boolean {
    for (const { collection, key, revision } of reads.values()) {
      if ((this.#table(collection).getEntry(key)?.version ?? 0) !== revision) return false;
    }
    return lists.every((list) => list.isAs(this.#keys(list)));
  }

  /** The keys of a range with their revisions. The values are not parsed: there may be many. */
  *#keys({ collection, range }: ListRead): Generator<SeenKey> {
    if (!mayHoldKeys(range)) return;
    const table = this.#table(collection);
    for (const key of table.getKeys(boundsOf(range))) {
      table.getBinaryFast(key);
      yield { key, revision: getLastVersion() };
    }
  }

  #openEvents(maxEvents: number): EventTable {
    const table = this.#root.openDB<unknown, string>({ name: eventTable, ...jsonValues });
    return new EventTable({
      table: () => {
        this.#checkOpen();
        return table;
      },
      counters: () => {
        this.#checkOpen();
        return this.#readCounters();
      },
      clock: this.#clock,
      feed: this.#feed,
      maxEvents,
    });
  }

  /** LMDB ends the whole process when a closed environment is touched: whoever comes late is told instead. */
  #checkOpen(): void {
    if (this.#closed) throw new AppError('shutting_down', 'the store is closed');
  }

  #table(collection: Collection<unknown>): Database<unknown, string> {
    this.#checkOpen();
    const known = this.#tables.get(collection.name);
    if (known !== undefined) return known;
    const values = collection.form === 'bytes' ? ({ encoding: 'binary' } as const) : jsonValues;
    const table = this.#root.openDB<unknown, string>({ name: collection.name, ...values, useVersions: true });
    this.#tables.set(collection.name, table);
    return table;
  }

  async #encode(collection: Collection<unknown>, value: unknown): Promise<unknown> {
    return collection.form === 'sealed' ? this.#keyring.seal(value) : value;
  }

  /** @throws UnreadableRecord */
  async #decode<T>(collection: Collection<T>, key: string, stored: unknown): Promise<T> {
    const value = readable(collection.name, key, stored);
    // What a collection holds was put there as T: the one place where the store trusts its own disk.
    return (
      collection.form === 'sealed' ? await openRecord(this.#keyring, collection.name, key, String(value)) : value
    ) as T;
  }

  #migrate(schema: { version: number; migrations: readonly Migration<Tables>[] }): void {
    const stored = Number(this.#metaValue('schema') ?? 0);
    const tables: Tables = (name) => this.#root.openDB({ name, ...jsonValues, useVersions: true });
    for (const step of pendingMigrations(stored, schema.version, schema.migrations)) {
      this.#root.transactionSync(() => {
        step.apply(tables);
        this.#meta.putSync('schema', step.to);
      });
    }
  }

  #readCounters(): Counters {
    const stored = this.#metaValue('counters');
    return stored === undefined ? { revision: 0, sequence: 0, firstEvent: 1 } : (stored as Counters);
  }

  #metaValue(key: string): unknown {
    return readable(metaTable, key, this.#meta.get(key));
  }

  async #writeFailure(error: unknown): Promise<unknown> {
    if (!isCommitFailure(error)) return error;
    this.#commitFailed = true;
    this.#feed.lostTrack();
    const reason = await Promise.race([reasonOf(error), this.#clock.sleep(reasonMs)]);
    if (!/no space left/i.test(String(reason)) && !hasNoSpace(this.#directory)) return reason ?? error;
    return storeFull(reason);
  }
}

/** The file of the store is sound by now; this is what is wrong around it. */
function openEnvironment(path: string, options: RootDatabaseOptions): RootDatabase<unknown, string> {
  try {
    return open({ path, ...jsonValues, useVersions: true, noSubdir: false, ...options });
  } catch (cause) {
    throw new AppError('store_unusable', `the store ${path} cannot be opened: ${describeError(cause)}`, {
      hint: 'see that it is a directory, and that the user of the server may read and write what is in it',
      cause,
    });
  }
}

/** What is left of a range behind a key; nothing when there was none. */
function pageBehind({ offset: _, ...range }: ListRange, last: string | undefined): ListRange | undefined {
  return last === undefined ? undefined : { ...range, after: last };
}

/** Said before LMDB is asked: after a commit that failed it cannot be closed, and it writes to standard error itself. */
function storeFull(cause?: unknown): AppError {
  return new AppError('store_full', 'the change was not stored: the disk of the data directory is full', {
    hint: 'free space on that file system, then try again',
    cause,
  });
}

/** LMDB tells of it by a general error that holds a promise of what went wrong. */
function isCommitFailure(error: unknown): error is Error & { commitError: unknown } {
  return error instanceof Error && 'commitError' in error;
}

async function reasonOf({ commitError }: { commitError: unknown }): Promise<unknown> {
  try {
    return await commitError;
  } catch (reason) {
    return reason;
  }
}

/** A key that cannot be stored is the key of nothing; LMDB would throw. */
function mayBeKey(key: string): boolean {
  return Buffer.byteLength(key) <= maxKeyBytes;
}

/** The same of the keys that begin with a prefix: LMDB has to be given one more character, which ends the range. */
function mayHoldKeys({ prefix = '' }: ListRange): boolean {
  return mayBeKey(`${prefix}\uffff`);
}
