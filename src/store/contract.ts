import { type Static, Type as t } from '@sinclair/typebox';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Purpose } from './disk-space.ts';
import type { Limits } from './limits.ts';

/**
 * What the product asks of a place to keep things: records, events and chunks. The contract is narrow on purpose: point
 * reads, ordered prefix lists, and transactions that compare revisions, which LMDB here and etcd later can both give.
 */

/** How the records of a collection are kept: as JSON, or as JSON sealed with the master key. */
export type CollectionForm = 'record' | 'sealed';

/** A named set of values of one type. `T` is carried by the type only. */
export interface Collection<T> {
  readonly name: string;
  readonly form: CollectionForm;
  /** Whether `revisionOf` leaves out what is written to it. */
  readonly isLog?: true;
  readonly type?: T;
  /** The events that stand in records of the collection, one for each; undefined where there is none any more. */
  eventsIn?(entries: readonly Entry<T>[], reader: Pick<Reader, 'get'>): Promise<readonly (TimedEvent | undefined)[]>;
}

/** A collection whose records contain events. */
export type EventSource<T> = Collection<T> & Required<Pick<Collection<T>, 'eventsIn'>>;

export const records = <T>(name: string): Collection<T> => ({ name, form: 'record' });
/** Records that some of the events are read from: see `Transaction.emitFrom`. */
export const eventRecords = <T>(name: string, eventsIn: EventSource<T>['eventsIn']): EventSource<T> => ({
  name,
  form: 'record',
  eventsIn,
});
/** Records that are written all the time, and whose revision nobody asks for. */
export const logRecords = <T>(name: string): Collection<T> => ({ name, form: 'record', isLog: true });
export const sealedRecords = <T>(name: string): Collection<T> => ({ name, form: 'sealed' });

/** A named set of chunks. Its name is that of no collection of records. */
export interface ChunkCollection {
  readonly name: string;
  readonly form: 'bytes';
}

export const byteChunks = (name: string): ChunkCollection => ({ name, form: 'bytes' });

/** What the store has under a name. */
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
   * Entries in key order. The values are read as the iteration goes, never all at once, and others get their turn in
   * between.
   */
  list<T>(collection: Collection<T>, range?: ListRange): AsyncIterable<Entry<T>>;
}

/** Some bytes of what is too much for a record, such as the output of a machine. */
export interface Chunk {
  key: string;
  bytes: Uint8Array;
}

export type ChunkRange = Omit<ListRange, 'offset'>;

/**
 * Chunks are written once and never changed, read in the order of their keys, and removed by key. They have no revision: no
 * transaction reads or compares them, nobody watches them, and no cache has them: what decides is a record beside them. A
 * store may keep them in another place than the records, as long as a commit writes both or neither.
 */
export interface Chunks {
  /**
   * Chunks in the order of the bytes of their keys. They are read as the iteration goes, never all at once, and others get
   * their turn in between: of those that are written or removed meanwhile, some may be among them.
   */
  list(collection: ChunkCollection, range?: ChunkRange): AsyncIterable<Chunk>;
}

/** Something that changed. Its name is `type.action.key`. */
export const StoredEvent = t.Object({
  sequence: t.Integer({
    description:
      'Grows from one event to the next; where events are gone with the record they stood in, numbers are missing',
  }),
  at: t.String({ description: 'Contract timestamp' }),
  type: t.String(),
  action: t.String(),
  key: t.String({ description: 'What it happened to' }),
  data: t.Optional(t.Record(t.String(), t.Unknown())),
});
export type StoredEvent = Static<typeof StoredEvent>;

/** An event to be written together with the change it tells of. `at` is when that was: the time of the commit, unless said. */
export type NewEvent = Omit<StoredEvent, 'sequence' | 'at'> & Partial<Pick<StoredEvent, 'at'>>;
/** One that says when it happened. */
export type TimedEvent = Omit<StoredEvent, 'sequence'>;

/**
 * Reads see the transaction's own writes; a list sees those there are when its iteration begins. What was read is compared
 * again at the commit, and the work runs anew when somebody else changed it, so the work must have no effect but through
 * the transaction:
 *
 * - of a `get`, that the key was not written or deleted since;
 * - of a `list`, that no key of its range appeared, vanished or was written, as far as the iteration went: one that is
 *   stopped at its first entry, or by `limit: 1`, is compared up to that entry.
 *
 * So the transactions come to what they would have come to one after the other. One that writes nothing and emits nothing
 * is compared as well when it read more than once: what it read was so at one moment. Every entry that a list reads is looked at again while nobody else can write: list the
 * range that decides, and no more.
 */
export interface Transaction extends Reader {
  put<T>(collection: Collection<T>, key: string, value: T): void;
  delete<T>(collection: Collection<T>, key: string): void;
  emit(event: NewEvent): void;
  /**
   * The same for an event that stands in a record: the log keeps the key of the record and reads the event from there. It is
   * gone with the record.
   *
   * @param event what `eventsIn` of the collection makes of the record
   */
  emitFrom<T>(source: EventSource<T>, key: string, event: TimedEvent): void;
  /**
   * Writes a chunk, under a key of its own: one that is there is kept again with the same bytes only. The bytes must stay as
   * they are until the commit ends.
   */
  keep(collection: ChunkCollection, key: string, bytes: Uint8Array): void;
  /** Removes a chunk, if it is there. */
  discard(collection: ChunkCollection, key: string): void;
}

export interface EventLog {
  /**
   * Events with a sequence number past `after`, and none past `last`, oldest first: at least one if there is any. Numbers of
   * events that are gone with their records are left out.
   */
  read(after: number, limit: number, last?: number): Promise<StoredEvent[]>;
  /** The sequence numbers from the oldest event kept to the newest there was; both 0 when there never was one. */
  bounds(): Promise<{ first: number; last: number }>;
  /** Removes the events up to a number, but never the newest; of few at a time. Resolves when that is on disk. */
  removeThrough(sequence: number): Promise<void>;
  /**
   * Calls `listener` for every event once it is durable, in order, whichever process wrote it, and before the commit of
   * this process resolves. One may be told of again. What the listener throws is an error that nobody handled; the transaction and the other listeners go on.
   */
  subscribe(listener: (event: StoredEvent) => void): Disposable;
}

/** A key that was written or deleted. */
export interface Written {
  /** The name of its collection. */
  readonly collection: string;
  /** Undefined when it may have been any, because the store was not able to watch for a while. */
  readonly key: string | undefined;
  readonly revision: number;
}

export type WatchListener = (written: readonly Written[]) => void;

/** What came of a transaction. */
export interface Committed<R> {
  /** What its work returned. */
  readonly result: R;
  /** The events it emitted, as they were written. */
  readonly events: readonly StoredEvent[];
}

/**
 * What only one server at a time is to do. A lease says who does it; its epoch grows each time that it is taken, and is
 * compared by every transaction of who has it: one that thinks it has it still, and has not, writes nothing.
 */
export interface Leases {
  /**
   * Waits until nobody else has the lease of this name, and takes it.
   *
   * @throws the reason of the signal, and what a commit throws
   */
  take(name: string, signal?: AbortSignal): Promise<OwnLease>;
}

/** A lease that this server has, until it is disposed of. */
export interface OwnLease extends AsyncDisposable {
  readonly name: string;
  readonly epoch: number;
  /** To be called in each transaction of who has it. @throws AppError `conflict` when another server has taken it since */
  fence(tx: Transaction): Promise<void>;
  /** Leaves nothing of it, in the transaction after which there is nothing to own any more. */
  forget(tx: Transaction): void;
}

export interface Store extends Reader {
  /** What a transaction that writes or emits something may come to. */
  readonly limits: Limits;
  /**
   * Runs `work` and writes what it put, deleted, emitted, kept and discarded as one. Resolves when that is on disk: an acknowledged write
   * survives a power cut.
   *
   * @param purpose what is written, a change unless said otherwise
   * @throws AppError `conflict` when others kept changing what the work read; `store_full` when the disk has no room for
   *   that purpose; whatever the work throws, and then nothing is written
   * @throws TransactionTooLarge when it comes to more than `limits`
   */
  commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>>;
  /** The same for who wants to know no more than what the work returned. */
  transact<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<R>;
  /**
   * Tells which keys of the collections a transaction wrote, once that is durable, whichever process wrote it: what is
   * read from then on is that or something later. In the order of the commits; those of this process before they resolve,
   * and before the listeners of their events. A commit may be told of again. What the listener throws is an error that
   * nobody handled; the transaction and the other listeners go on.
   */
  watch(collections: readonly Collection<unknown>[], listener: WatchListener): Disposable;
  /** Whether the disk has room for what is written for that purpose. */
  hasRoomFor(purpose: Purpose): boolean;
  /** How many keys a collection has. */
  count(collection: Collection<unknown>): Promise<number>;
  /** Where the last write to any of the collections left the revision of the store, or a later one. */
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
  /** Broken off by it, the next renewal goes on. */
  signal: AbortSignal;
}

/**
 * A store whose sealed records hang on a key of its own, whose values have a form of their own, and that knows who may do
 * what only one may.
 */
export interface KeyedStore extends Store {
  readonly leases: Leases;
  /** Whether it may have values in the form of an earlier build, which can be read all the same. */
  isOfEarlierForm(): boolean;
  /**
   * Brings every value to the form of this build, in transactions that have a bound. To be called before anybody else reads
   * or writes. One that was broken off is gone on with by the next.
   *
   * @throws AppError `store_full`; the reason of the signal
   */
  renewForm(settings: RenewalSettings): Promise<void>;
  /**
   * Seals everything that is sealed anew, with a fresh master key, while the store is in use. Resolves when the key before
   * is in its file no more.
   *
   * @throws AppError `store_unusable` when the key file cannot be written or a record not be opened, `store_full`: what was
   *   sealed can still be opened then, and the next try goes on
   */
  rotateKeys(): Promise<{ key: string; records: number }>;
  /** The same for a rotation that an earlier process did not see the end of, where there is one. */
  finishRotation(): Promise<void>;
}
