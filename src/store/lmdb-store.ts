import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Catalogued } from './catalogue.ts';
import { CommitFeed, type DurableCommit } from './commit-feed.ts';
import type { CommitWatch, StoreUsage } from './commit-watch.ts';
import { Committing } from './committing.ts';
import type {
  AnyCollection,
  Collection,
  Committed,
  Entry,
  KeyedStore,
  ListRange,
  RenewalSettings,
  StoredEvent,
  Transaction,
  WatchListener,
} from './contract.ts';
import { diskOf, hasRoomFor, type Purpose } from './disk-space.ts';
import { copyEnvironment } from './environment-copy.ts';
import { EventRows } from './event-row.ts';
import { EventTable } from './event-table.ts';
import { beginStore } from './first-start.ts';
import { FormRenewal } from './form-renewal.ts';
import { openKeyFile } from './key-file.ts';
import { KeyRotation, type Rotated } from './key-rotation.ts';
import { ProcessLeases } from './leases.ts';
import { type Limits, noLimits } from './limits.ts';
import { LmdbChunks } from './lmdb-chunks.ts';
import { commitFailure, isCommitFailure, openEnvironment } from './lmdb-environment.ts';
import { LmdbRecords } from './lmdb-records.ts';
import { Meta } from './meta.ts';
import { type NewPassphrase, PassphraseChange } from './passphrase-change.ts';
import { Keyring } from './seal.ts';
import { makeLockFile } from './store-file.ts';
import { storeFull } from './store-full.ts';
import { rawValues, StoredValues } from './stored-values.ts';
import { type EventCounters, eventTable, tableLimit } from './tables.ts';
import { BufferedTransaction } from './transaction.ts';
import { usageOf } from './usage.ts';

export interface OpenStoreOptions {
  /** Created with mode 0700 when it does not exist. */
  directory: string;
  clock: Clock;
  /** The passphrase that protects the master key in its file, if there is one. */
  passphrase?: string | undefined;
  /** Whether a store may be created beside an existing master key. */
  newStore?: boolean;
  /** Every collection that a caller may use. Without it, as in tests, none is known beforehand. */
  catalogue?: readonly Pick<Catalogued, 'collection' | 'isInMemory'>[] | undefined;
  /** The most rows of events; the oldest are removed first. */
  maxEvents?: number;
  /** The space that changes leave free on the disk, in bytes; that of the file system if not given. */
  diskFloor?: number | undefined;
  /** The limits of a transaction; without them only memory bounds it. */
  limits?: Limits;
  watchCommits?: CommitWatch | undefined;
}

const conflictRetries = 64;
const defaultMaxEvents = 100_000;

/** Records, chunks and events in one LMDB environment. */
export class LmdbStore extends Committing implements KeyedStore {
  readonly events: EventTable;
  readonly leases = new ProcessLeases(this);
  readonly chunks: LmdbChunks;
  readonly limits: Limits;
  readonly #root: RootDatabase<unknown, string>;
  readonly #meta: Meta;
  readonly #records: LmdbRecords;
  /** The revision of the last write to each collection since the store was opened, by name. */
  readonly #revisions = new Map<string, number>();
  /** The revision when the store was opened: earlier writes to any collection are not later than this. */
  readonly #firstRevision: number;
  readonly #feed: CommitFeed;
  readonly #lock: Disposable;
  readonly #clock: Clock;
  readonly #keyring: Keyring;
  readonly #rotation: KeyRotation;
  readonly #passphrase: PassphraseChange;
  readonly #directory: string;
  readonly #watchCommits: CommitWatch | undefined;
  readonly #collections: readonly AnyCollection[];
  readonly #diskFloor: number | undefined;
  #commitFailed = false;

  /** @param lock of the data directory; the store releases it when it is closed */
  constructor(options: OpenStoreOptions, lock: Disposable) {
    super();
    this.#lock = lock;
    this.#clock = options.clock;
    this.limits = options.limits ?? noLimits;
    this.#directory = options.directory;
    this.#diskFloor = options.diskFloor;
    const { directory, passphrase, newStore = false, catalogue } = options;
    const collections = catalogue?.map(({ collection }) => collection);
    this.#collections = collections ?? [];
    this.#watchCommits = options.watchCommits;
    const beginning = beginStore({ directory, newStore });
    const keyFile = openKeyFile({ path: join(directory, 'master.key'), mayCreate: beginning.isNew, passphrase });
    this.#keyring = new Keyring(keyFile.keys);
    this.#passphrase = new PassphraseChange(keyFile);
    makeLockFile(directory);
    // Without `overlappingSync` a commit resolves when it is on disk. With it the promise of the flush never settles when
    // the next commit fails. With `eventTurnBatching` a failed commit also rejects a promise that nobody can handle.
    this.#root = openEnvironment(join(directory, 'store'), {
      maxDbs: tableLimit,
      overlappingSync: false,
      eventTurnBatching: false,
    });
    this.#meta = new Meta(this.#root);
    const form = () => this.#meta.form;
    this.#rotation = new KeyRotation({ root: this.#root, keyring: this.#keyring, keyFile, form, collections });
    this.#records = new LmdbRecords(this.#root, this.#keyring, form);
    this.chunks = new LmdbChunks(this.#records);
    beginning.done();
    const { revision, listedRevision } = this.#meta.readCounters();
    this.#firstRevision = listedRevision;
    this.#feed = new CommitFeed(revision);
    this.events = this.#openEvents(options.maxEvents ?? defaultMaxEvents, collections);
    this.#feed.onCommit((commit) => this.#follow(commit));
  }

  get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    return this.#records.get(collection, key);
  }

  list<T>(collection: Collection<T>, range?: ListRange): AsyncIterable<Entry<T>> {
    return this.#records.list(collection, range);
  }

  count(collection: Collection<unknown>): Promise<number> {
    return this.#records.count(collection);
  }

  watch(collections: readonly Collection<unknown>[], listener: WatchListener): Disposable {
    return this.#feed.watch(collections, listener);
  }

  async revisionOf(...collections: readonly Collection<unknown>[]): Promise<number> {
    return Math.max(...collections.map(({ name }) => this.#revisions.get(name) ?? this.#firstRevision));
  }

  async commit<R>(work: (transaction: Transaction) => Promise<R>, purpose: Purpose = 'change'): Promise<Committed<R>> {
    for (let attempt = 0; attempt < conflictRetries; attempt += 1) {
      const transaction = new BufferedTransaction(this.#records);
      const result = await work(transaction);
      if (!transaction.changesSomething) {
        if (this.#records.isOneMoment(transaction)) return { result, events: [] };
        continue;
      }
      transaction.checkSize(this.limits);
      this.#checkRoom(purpose, attempt);
      const events = await this.#watched(attempt, () => this.#write(transaction));
      if (events !== undefined) return { result, events };
    }
    const error = new AppError('conflict', 'the record kept changing while it was being written', {
      hint: 'try again',
    });
    this.#watchCommits?.failed(error, conflictRetries);
    throw error;
  }

  hasRoomFor(purpose: Purpose): boolean {
    return hasRoomFor(purpose, diskOf(this.#directory), this.#diskFloor);
  }

  /** @throws AppError `store_full` */
  #checkRoom(purpose: Purpose, retries = 0): void {
    if (this.hasRoomFor(purpose)) return;
    const error = storeFull({ directory: this.#directory, purpose, floor: this.#diskFloor });
    this.#watchCommits?.failed(error, retries);
    throw error;
  }

  async rotateKeys(): Promise<Rotated> {
    this.#records.checkOpen();
    return this.#rotation.rotate().catch(async (error) => {
      throw await this.#writeFailure(error);
    });
  }

  async changePassphrase(change: NewPassphrase): Promise<void> {
    this.#records.checkOpen();
    await this.#passphrase.change(change);
  }

  async finishRotation(): Promise<void> {
    this.#records.checkOpen();
    await this.#rotation.finish().catch(async (error) => {
      throw await this.#writeFailure(error);
    });
  }

  copyTo(directory: string): Promise<void> {
    this.#records.checkOpen();
    return copyEnvironment(this.#root, directory);
  }

  isOfEarlierForm(): boolean {
    return this.#meta.form.kind !== 'checked';
  }

  async renewForm(settings: RenewalSettings): Promise<void> {
    this.#records.checkOpen();
    const checkRoom = () => this.#checkRoom('change');
    const parts = { root: this.#root, meta: this.#meta, keyring: this.#keyring, checkRoom };
    await new FormRenewal(parts, settings).renew().catch(async (error) => {
      throw await this.#writeFailure(error);
    });
  }

  async close(): Promise<void> {
    this.#records.close();
    // LMDB aborts the whole process when an environment is closed after a commit failed.
    if (!this.#commitFailed) await this.#root.close();
    this.#lock[Symbol.dispose]();
  }

  usage(): StoreUsage {
    return usageOf(this.#root, this.#records, this.#collections);
  }

  async #watched<T>(retries: number, write: () => Promise<T | undefined>): Promise<T | undefined> {
    const watch = this.#watchCommits;
    if (watch === undefined) return write();
    const begun = this.#clock.monotonic();
    try {
      const written = await write();
      if (written !== undefined) watch.committed(this.#clock.monotonic() - begun, retries);
      return written;
    } catch (error) {
      watch.failed(error, retries);
      throw error;
    }
  }

  /**
   * The events as they were written; undefined, with nothing written, when something the transaction read has changed
   * meanwhile.
   */
  async #write(transaction: BufferedTransaction): Promise<readonly StoredEvent[] | undefined> {
    const key = this.#keyring.current;
    const encoded = await Promise.all(
      [...transaction.writes.values(), ...transaction.chunks.values()].map(async ({ collection, key, value }) => ({
        collection,
        key,
        value: await this.#records.sealed(collection, value),
      })),
    );
    let events: StoredEvent[] | undefined;
    let revision = 0;
    this.#records.checkOpen();
    try {
      // A child transaction, because a plain one keeps what it wrote before something in it threw.
      await this.#root.childTransaction(() => {
        // The running rotation would not find a record that is sealed with the previous key.
        if (!this.#records.isAsRead(transaction) || this.#keyring.current !== key) return;
        // Read from disk each time: after a failed commit, a count in memory would be ahead of the disk.
        const counters = this.#meta.readCounters();
        counters.revision += 1;
        revision = counters.revision;
        if ([...transaction.writes.values()].some(({ collection }) => collection.isLog !== true)) {
          counters.listedRevision = revision;
        }
        for (const { collection, key, value } of encoded) this.#records.write(collection, key, value, revision);
        events = this.events.append(transaction.events, counters);
        this.#meta.writeCounters(counters);
      });
    } catch (error) {
      throw await this.#writeFailure(error);
    }
    if (events === undefined) return undefined;
    const written = Array.from(transaction.writes.values(), ({ collection: { name }, key }) => ({
      collection: name,
      key,
    }));
    // The read transaction of LMDB may still show the tables as they were before.
    this.#root.resetReadTxn();
    await this.#feed.tell({ revision, written, events });
    return events;
  }

  #follow({ revision, written }: DurableCommit): void {
    for (const { collection } of written) {
      this.#revisions.set(collection, Math.max(revision, this.#revisions.get(collection) ?? 0));
    }
  }

  /** Writes the counters, and what `work` writes, in a separate transaction of LMDB. */
  async #changeCounters(work: (counters: EventCounters) => void): Promise<void> {
    this.#records.checkOpen();
    try {
      await this.#root.childTransaction(() => {
        const counters = this.#meta.readCounters();
        work(counters);
        this.#meta.writeCounters(counters);
      });
    } catch (error) {
      throw await this.#writeFailure(error);
    }
  }

  #openEvents(maxEvents: number, collections: readonly AnyCollection[] | undefined): EventTable {
    const table = this.#root.openDB<Uint8Array, string>({ name: eventTable, ...rawValues });
    const rows = new EventRows(table, new StoredValues(eventTable, () => this.#meta.form));
    return new EventTable({
      rows: () => {
        this.#records.checkOpen();
        return rows;
      },
      counters: () => {
        this.#records.checkOpen();
        return this.#meta.readCounters();
      },
      change: (work) => this.#changeCounters(work),
      clock: this.#clock,
      feed: this.#feed,
      maxEvents,
      reader: this,
      collections,
    });
  }

  async #writeFailure(error: unknown): Promise<unknown> {
    if (!isCommitFailure(error)) return error;
    this.#commitFailed = true;
    this.#feed.lostTrack();
    return commitFailure(error, { clock: this.#clock, directory: this.#directory, floor: this.#diskFloor });
  }
}
