import type { StoreUsage } from './commit-watch.ts';
import { Committing } from './committing.ts';
import type {
  Chunks,
  Collection,
  Committed,
  Entry,
  EventLog,
  KeyedStore,
  Leases,
  ListRange,
  RenewalSettings,
  Store,
  Transaction,
  WatchListener,
} from './contract.ts';
import type { Purpose } from './disk-space.ts';
import { KeptEntries } from './kept-entries.ts';
import type { Limits } from './limits.ts';
import type { NewPassphrase } from './passphrase-change.ts';

/** A store that keeps some of its collections in memory, parsed. Transactions never read from there. */
export interface CachingStore extends Store {
  /**
   * Every entry of a collection, in key order. For a collection in memory, the store reads again only the entries
   * written since, and `get` reads from memory too; callers share these entries, which are frozen. For any other
   * collection it lists the entries. Use it only for collections of bounded size.
   */
  all<T>(collection: Collection<T>): Promise<readonly Entry<T>[]>;
  /** The collections in memory: name and number of entries. */
  holds(): { collection: string; entries: number }[];
}

export type KeyedCachingStore = KeyedStore & CachingStore;

/** Keeps the entries of a store in memory, and updates them through its watch. */
export class CachedStore extends Committing implements CachingStore {
  readonly #store: Store;
  readonly #names: ReadonlySet<string> | undefined;
  /** The collections that a caller has read as a whole, by name. */
  readonly #kept = new Map<string, KeptEntries<unknown>>();

  /** @param names of the collections to keep in memory; all by default. Sealed collections are never kept. */
  constructor(store: Store, names?: ReadonlySet<string>) {
    super();
    this.#store = store;
    this.#names = names;
  }

  get limits(): Limits {
    return this.#store.limits;
  }

  get events(): EventLog {
    return this.#store.events;
  }

  get chunks(): Chunks {
    return this.#store.chunks;
  }

  async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    return (this.#keptOf(collection) ?? this.#reading(collection)).get(key);
  }

  list<T>(collection: Collection<T>, range?: ListRange): AsyncIterable<Entry<T>> {
    return this.#store.list(collection, range);
  }

  async all<T>(collection: Collection<T>): Promise<readonly Entry<T>[]> {
    const isKept = collection.form === 'record' && (this.#names?.has(collection.name) ?? true);
    if (!isKept) return Array.fromAsync(this.list(collection));
    const known = this.#keptOf(collection);
    const kept = known ?? new KeptEntries(this.#store, collection);
    if (known === undefined) this.#kept.set(collection.name, kept);
    return kept.entries();
  }

  holds(): { collection: string; entries: number }[] {
    return Array.from(this.#kept, ([collection, { size }]) => ({ collection, entries: size }));
  }

  count(collection: Collection<unknown>): Promise<number> {
    return this.#store.count(collection);
  }

  /** The revision of what this store reads. For cached collections it may lag a moment behind the store. */
  async revisionOf(...collections: readonly Collection<unknown>[]): Promise<number> {
    const revisions = collections.map((collection) => {
      return this.#kept.get(collection.name)?.revision ?? this.#store.revisionOf(collection);
    });
    return Math.max(...(await Promise.all(revisions)));
  }

  commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>> {
    return this.#store.commit(work, purpose);
  }

  watch(collections: readonly Collection<unknown>[], listener: WatchListener): Disposable {
    return this.#store.watch(collections, listener);
  }

  hasRoomFor(purpose: Purpose): boolean {
    return this.#store.hasRoomFor(purpose);
  }

  async close(): Promise<void> {
    for (const kept of this.#kept.values()) kept[Symbol.dispose]();
    this.#kept.clear();
    await this.#store.close();
  }

  #keptOf<T>({ name }: Collection<T>): KeptEntries<T> | undefined {
    // The entries were made for the collection of this name, which contains T.
    return this.#kept.get(name) as KeptEntries<T> | undefined;
  }

  #reading<T>(collection: Collection<T>): Pick<KeptEntries<T>, 'get'> {
    return { get: (key) => this.#store.get(collection, key) };
  }
}

/** The same for a store that has a master key. */
export class CachedKeyedStore extends CachedStore implements KeyedCachingStore {
  readonly #keyed: KeyedStore;

  constructor(store: KeyedStore, names?: ReadonlySet<string>) {
    super(store, names);
    this.#keyed = store;
  }

  get leases(): Leases {
    return this.#keyed.leases;
  }

  isOfEarlierForm(): boolean {
    return this.#keyed.isOfEarlierForm();
  }

  renewForm(settings: RenewalSettings): Promise<void> {
    return this.#keyed.renewForm(settings);
  }

  rotateKeys(): Promise<{ key: string; records: number }> {
    return this.#keyed.rotateKeys();
  }

  changePassphrase(change: NewPassphrase): Promise<void> {
    return this.#keyed.changePassphrase(change);
  }

  finishRotation(): Promise<void> {
    return this.#keyed.finishRotation();
  }

  usage(): StoreUsage | undefined {
    return this.#keyed.usage?.();
  }

  copyTo(directory: string): Promise<void> {
    return this.#keyed.copyTo(directory);
  }
}
