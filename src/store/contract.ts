import { type Static, Type as t } from '@sinclair/typebox';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { StoreUsage } from './commit-watch.ts';
import type { Purpose } from './disk-space.ts';
import type { Limits } from './limits.ts';
import type { NewPassphrase } from './passphrase-change.ts';

/**
 * The interface of a store for records, events and chunks. It is narrow on purpose: point reads, ordered prefix lists, and
 * transactions that compare revisions, which both LMDB (now) and etcd (later) can provide.
 */

/** How the records of a collection are stored: as JSON, or as JSON sealed with the master key. */
export type CollectionForm = 'record' | 'sealed';

/** A named set of values of one type. `T` is carried by the type only. */
export interface Collection<T> {
  readonly name: string;
  readonly form: CollectionForm;
  /** Whether `revisionOf` leaves out what is written to it. */
  readonly isLog?: true;
  readonly type?: T;
  /** The events that these records contain, one for each; undefined for a record whose event is gone. */
  eventsIn?(entries: readonly Entry<T>[], reader: Pick<Reader, 'get'>): Promise<readonly (TimedEvent | undefined)[]>;
}

/** A collection whose records contain events. */
export type EventSource<T> = Collection<T> & Required<Pick<Collection<T>, 'eventsIn'>>;

export const records = <T>(name: string): Collection<T> => ({ name, form: 'record' });
/** Records from which the store reads some of its events: see `Transaction.emitFrom`. */
export const eventRecords = <T>(name: string, eventsIn: EventSource<T>['eventsIn']): EventSource<T> => ({
  name,
  form: 'record',
  eventsIn,
});
/** Records that are written all the time, and whose revision no reader needs. */
export const logRecords = <T>(name: string): Collection<T> => ({ name, form: 'record', isLog: true });
export const sealedRecords = <T>(name: string): Collection<T> => ({ name, form: 'sealed' });
/** The records of a sealed collection as they are stored, for a reader of the store that does not open them. */
export const asSealed = ({ name }: Collection<unknown>): Collection<string> => ({ name, form: 'record' });

/** A named set of chunks. Its name is that of no collection of records. */
export interface ChunkCollection {
  readonly name: string;
  readonly form: 'bytes';
}

export const byteChunks = (name: string): ChunkCollection => ({ name, form: 'bytes' });

/** Any collection of the store. */
export type AnyCollection = Collection<unknown> | ChunkCollection;

export interface Entry<T> {
  key: string;
  value: T;
  /** Grows with every write to the store; two reads with the same revision read the same value. */
  revision: number;
}

export interface ListRange {
  /** Only keys that begin with this. */
  prefix?: string;
  /** Only keys at or past this one. */
  from?: string;
  /** Only keys past this one (in reverse: before this one). */
  after?: string;
  /** How many to leave out at the beginning. */
  offset?: number;
  limit?: number;
  reverse?: boolean;
}

export interface Reader {
  get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined>;
  /**
   * Entries in key order. The iteration reads the values as it goes, never all at once, and yields to other work in
   * between.
   */
  list<T>(collection: Collection<T>, range?: ListRange): AsyncIterable<Entry<T>>;
}

/** A part of data that is too large for a record, such as the output of a machine. */
export interface Chunk {
  key: string;
  bytes: Uint8Array;
}

export type ChunkRange = Omit<ListRange, 'offset'>;

/**
 * Chunks are written once and never changed, read in the order of their keys, and removed by key. They have no revision: no
 * transaction reads or compares them, no watch announces them, and no cache holds them. Decisions depend on a record beside
 * them. A store may keep chunks in another place than records, as long as a commit writes both or neither.
 */
export interface Chunks {
  /**
   * Chunks in the order of the bytes of their keys. The iteration reads them as it goes, never all at once, and yields to
   * other work in between. It may or may not include chunks that are written or removed meanwhile.
   */
  list(collection: ChunkCollection, range?: ChunkRange): AsyncIterable<Chunk>;
}

/** Something that changed. Its name is `type.action.key`. */
export const StoredEvent = t.Object({
  sequence: t.Integer({
    description:
      'Grows from one event to the next; where events are gone with the record they stood in, numbers are missing',
  }),
  at: t.String({ description: 'When it happened' }),
  type: t.String({ description: 'What it is about, such as host or operation' }),
  action: t.String({ description: 'What happened, such as created' }),
  key: t.String({ description: 'What it happened to' }),
  data: t.Optional(t.Record(t.String(), t.Unknown(), { description: 'What else there is to say' })),
});
export type StoredEvent = Static<typeof StoredEvent>;

/**
 * An event to write together with the change it is about. `at` is the time of the change; by default the time of the
 * commit.
 */
export type NewEvent = Omit<StoredEvent, 'sequence' | 'at'> & Partial<Pick<StoredEvent, 'at'>>;
/** An event with its time. */
export type TimedEvent = Omit<StoredEvent, 'sequence'>;

/**
 * Reads see the transaction's own writes; a list sees the writes made before its iteration begins. The commit compares again
 * what the transaction read. If another transaction has changed it, the work runs again, so the work must have no effect
 * except through the transaction. The commit compares:
 *
 * - for a `get`, that the key was not written or deleted since;
 * - for a `list`, that no key of its range was added, deleted or written, as far as the iteration went: a list that stops at
 *   its first entry, or has `limit: 1`, is compared up to that entry.
 *
 * So transactions are serializable. A transaction that writes and emits nothing is compared as well if it read more than
 * once: what it read was valid at one moment. The commit compares every listed entry while no other transaction can write:
 * list only the range that the decision depends on.
 */
export interface Transaction extends Reader {
  put<T>(collection: Collection<T>, key: string, value: T): void;
  delete<T>(collection: Collection<T>, key: string): void;
  emit(event: NewEvent): void;
  /**
   * The same for an event that a record contains: the log stores the key of the record and reads the event from there. When
   * the record is deleted, so is the event.
   *
   * @param event the event that `eventsIn` of the collection derives from the record
   */
  emitFrom<T>(source: EventSource<T>, key: string, event: TimedEvent): void;
  /**
   * Writes a chunk under a new key; an existing chunk can only be written again with the same bytes. The caller must not
   * change the bytes until the commit ends.
   */
  keep(collection: ChunkCollection, key: string, bytes: Uint8Array): void;
  /** Removes a chunk, if it is there. */
  discard(collection: ChunkCollection, key: string): void;
}

export interface EventLog {
  /**
   * Events with a sequence number after `after` and up to `last`, oldest first: at least one if there is any. Numbers of
   * events that were deleted with their records are missing.
   */
  read(after: number, limit: number, last?: number): Promise<StoredEvent[]>;
  /** The sequence numbers of the oldest event kept and of the newest event ever written; both 0 if there never was one. */
  bounds(): Promise<{ first: number; last: number }>;
  /** Removes the events up to a number, in small transactions, but never the newest. Resolves when that is on disk. */
  removeThrough(sequence: number): Promise<void>;
  /**
   * Calls `listener` for every event once it is durable, in order, whichever process wrote it, and before the commit of
   * this process resolves. The listener may get an event twice. An error that it throws is reported as unhandled; the
   * transaction and the other listeners continue.
   */
  subscribe(listener: (event: StoredEvent) => void): Disposable;
}

/** A key that was written or deleted. */
export interface Written {
  /** The name of its collection. */
  readonly collection: string;
  /** Undefined when any key may have been written, because the store could not watch for a while. */
  readonly key: string | undefined;
  readonly revision: number;
}

export type WatchListener = (written: readonly Written[]) => void;

/** The result of a transaction. */
export interface Committed<R> {
  /** What its work returned. */
  readonly result: R;
  /** The events it emitted, as they were written. */
  readonly events: readonly StoredEvent[];
}

/**
 * Leases for work that only one server at a time may do. The epoch of a lease grows each time a server takes it, and every
 * transaction of its owner compares it: a server that has lost the lease without noticing writes nothing.
 */
export interface Leases {
  /**
   * Waits until no other owner has the lease of this name, and takes it.
   *
   * @throws the reason of the signal, and what a commit throws
   */
  take(name: string, signal?: AbortSignal): Promise<OwnLease>;
}

/** A lease that this server has, until it is disposed of. */
export interface OwnLease extends AsyncDisposable {
  readonly name: string;
  readonly epoch: number;
  /** The owner calls it in each of its transactions. @throws AppError `conflict` when another server has taken the lease since */
  fence(tx: Transaction): Promise<void>;
  /** Deletes the lease, in the transaction that deletes what it protects. */
  forget(tx: Transaction): void;
}

export interface Store extends Reader {
  /** The maximum size of a transaction that writes or emits something. */
  readonly limits: Limits;
  /**
   * Runs `work` and writes atomically what it put, deleted, emitted, kept and discarded. Resolves when that is on disk: an
   * acknowledged write survives a power cut.
   *
   * @param purpose what is written, by default a change
   * @throws AppError `conflict` when others kept changing what the work read; `store_full` when the disk has no space for
   *   that purpose; whatever the work throws, and then nothing is written
   * @throws TransactionTooLarge when it exceeds `limits`
   */
  commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>>;
  /** The same, returning only the result of the work. */
  transact<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<R>;
  /**
   * Calls `listener` with the keys of the collections that a transaction wrote, once the commit is durable, whichever process
   * wrote it: later reads return that value or a newer one. The calls are in the order of the commits; for commits of this
   * process before they resolve, and before the listeners of their events. The listener may get a commit twice. An error
   * that it throws is reported as unhandled; the transaction and the other listeners continue.
   */
  watch(collections: readonly Collection<unknown>[], listener: WatchListener): Disposable;
  /** Whether the disk has space for writes with that purpose. */
  hasRoomFor(purpose: Purpose): boolean;
  /** How many keys a collection has. */
  count(collection: Collection<unknown>): Promise<number>;
  /** The revision of the last write to any of the collections, or a later revision of the store. */
  revisionOf(...collections: readonly Collection<unknown>[]): Promise<number>;
  readonly events: EventLog;
  readonly chunks: Chunks;
  close(): Promise<void>;
}

export interface RenewalSettings {
  /** Every collection of the product. */
  collections: readonly AnyCollection[];
  clock: Pick<Clock, 'monotonic'>;
  logger: Logger;
  /** Stops the renewal; the next renewal continues it. */
  signal: AbortSignal;
}

/**
 * A store that has its own master key for sealed records, its own form of values, and leases.
 */
export interface KeyedStore extends Store {
  readonly leases: Leases;
  /** Whether it may contain values in the form of an earlier build, which it can still read. */
  isOfEarlierForm(): boolean;
  /**
   * Rewrites every value in the form of this build, in transactions of limited size. Must be called before anything else
   * reads or writes. The next call continues an interrupted one.
   *
   * @throws AppError `store_full`; the reason of the signal
   */
  renewForm(settings: RenewalSettings): Promise<void>;
  /**
   * Seals every sealed record again with a new master key, while the store is in use. Resolves when the previous key is no
   * longer in its file.
   *
   * @throws AppError `store_unusable` when the key file cannot be written or a record cannot be decrypted, `store_full`: all
   *   records can then still be decrypted, and the next call continues
   */
  rotateKeys(): Promise<{ key: string; records: number }>;
  /**
   * Changes the passphrase that protects the master key in its file, while the store is in use.
   *
   * @throws AppError `invalid_member` when the present one is missing or wrong, `store_unusable` when the file cannot be
   *   written; then the present one still counts
   */
  changePassphrase(change: NewPassphrase): Promise<void>;
  /** Completes a rotation that an earlier process did not complete, if there is one. */
  finishRotation(): Promise<void>;
  /** How large it is; undefined when the store does not say. */
  usage?(): StoreUsage | undefined;
  /**
   * Writes a consistent copy of the store to `store/data.mdb` in an existing directory, without free pages, while the store
   * is in use. The copy has every write that was acknowledged before the call. It does not have the master key.
   *
   * @throws AppError `store_full`, `store_unusable`; nothing is left then
   */
  copyTo(directory: string): Promise<void>;
}
