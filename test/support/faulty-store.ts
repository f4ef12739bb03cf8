import type { CachingStore, KeyedCachingStore } from '../../src/store/cached.ts';
import { Committing } from '../../src/store/committing.ts';
import type {
  Chunk,
  ChunkCollection,
  ChunkRange,
  Chunks,
  Collection,
  Committed,
  Entry,
  EventLog,
  ListRange,
  RenewalSettings,
  StoredEvent,
  Transaction,
  WatchListener,
  Written,
} from '../../src/store/contract.ts';
import type { Purpose } from '../../src/store/disk-space.ts';
import { ProcessLeases } from '../../src/store/leases.ts';
import type { Limits } from '../../src/store/limits.ts';
import type { NewPassphrase } from '../../src/store/passphrase-change.ts';

/** How one delivery of the watch comes. `lost`: that something was written is told, and not what. */
export type Delivery = 'once' | 'twice' | 'lost';

/** A store in front of a real one that does what it does, until something is said to go wrong. */
export class FaultyStore extends Committing implements CachingStore {
  readonly #store: CachingStore;
  /** Called before each write, with its number from 1: what it throws is the write's failure. */
  beforeWrite: (write: number) => unknown = () => {};
  /** Called after each write: what it throws is reported although the write is on disk. */
  afterWrite: (write: number) => unknown = () => {};
  writes = 0;
  /** Called for each write, with its number: whether it lets the next one pass, if that comes at the same time. */
  letsPass: (write: number) => boolean = () => false;
  /** Those that wait for the write of the number. */
  readonly #passed = new Map<number, () => void>();
  /** Called before every other call that is waited for, as `get hosts`: throws what that fails with, or takes its time. */
  beforeCall: (call: string) => unknown = () => {};
  /** Called for each delivery of the watch, with its number from 1. */
  delivery: (delivery: number) => Delivery = () => 'once';
  #deliveries = 0;
  /** Called for each event that a listener is told of: how many times it is. */
  timesTold: (event: StoredEvent) => number = () => 1;
  /** Watches and listeners of events there are. */
  subscriptions = 0;
  readonly events: EventLog;
  readonly chunks: Chunks = { list: (collection, range) => this.listChunks(collection, range) };

  constructor(store: CachingStore) {
    super();
    this.#store = store;
    const { events } = store;
    this.events = {
      read: async (after, limit, last) => {
        await this.beforeCall('read');
        return events.read(after, limit, last);
      },
      bounds: async () => {
        await this.beforeCall('bounds');
        return events.bounds();
      },
      removeThrough: async (sequence) => {
        await this.beforeCall('removeThrough');
        return events.removeThrough(sequence);
      },
      subscribe: (listener) =>
        this.#counted(
          events.subscribe((event) => {
            for (let left = this.timesTold(event); left > 0; left -= 1) listener(event);
          }),
        ),
    };
  }

  get limits(): Limits {
    return this.#store.limits;
  }

  async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    await this.beforeCall(`get ${collection.name}`);
    return this.#store.get(collection, key);
  }

  async *list<T>(collection: Collection<T>, range?: ListRange): AsyncIterable<Entry<T>> {
    await this.beforeCall(`list ${collection.name}`);
    yield* this.#store.list(collection, range);
  }

  async *listChunks(collection: ChunkCollection, range?: ChunkRange): AsyncIterable<Chunk> {
    await this.beforeCall(`list ${collection.name}`);
    yield* this.#store.chunks.list(collection, range);
  }

  async all<T>(collection: Collection<T>): Promise<readonly Entry<T>[]> {
    await this.beforeCall(`all ${collection.name}`);
    return this.#store.all(collection);
  }

  holds(): ReturnType<CachingStore['holds']> {
    return this.#store.holds();
  }

  async count(collection: Collection<unknown>): Promise<number> {
    await this.beforeCall(`count ${collection.name}`);
    return this.#store.count(collection);
  }

  async revisionOf(...collections: readonly Collection<unknown>[]): Promise<number> {
    await this.beforeCall('revisionOf');
    return this.#store.revisionOf(...collections);
  }

  hasRoomFor(purpose: Purpose): boolean {
    return this.#store.hasRoomFor(purpose);
  }

  watch(collections: readonly Collection<unknown>[], listener: WatchListener): Disposable {
    return this.#counted(
      this.#store.watch(collections, (written) => {
        this.#deliveries += 1;
        for (const delivered of deliveriesOf(this.delivery(this.#deliveries), written)) listener(delivered);
      }),
    );
  }

  async commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>> {
    this.writes += 1;
    const write = this.writes;
    try {
      await this.beforeWrite(write);
      if (this.letsPass(write)) await this.#overtaken(write);
      const committed = await this.#store.commit(work, purpose);
      await this.afterWrite(write);
      return committed;
    } finally {
      this.#passed.get(write)?.();
    }
  }

  /** Resolves when the next write is over, or none has come by the next turn of the loop. */
  async #overtaken(write: number): Promise<void> {
    const next = new Promise<void>((resolve) => this.#passed.set(write + 1, resolve));
    await new Promise(setImmediate);
    if (this.writes > write) await next;
  }

  async close(): Promise<void> {}

  #counted(subscription: Disposable): Disposable {
    this.subscriptions += 1;
    return {
      [Symbol.dispose]: () => {
        this.subscriptions -= 1;
        subscription[Symbol.dispose]();
      },
    };
  }
}

/** The same of the store of a server, which it closes. */
export class FaultyKeyedStore extends FaultyStore implements KeyedCachingStore {
  readonly leases = new ProcessLeases(this);
  readonly #keyed: KeyedCachingStore;

  constructor(store: KeyedCachingStore) {
    super(store);
    this.#keyed = store;
  }

  isOfEarlierForm(): boolean {
    return this.#keyed.isOfEarlierForm();
  }

  async renewForm(settings: RenewalSettings): Promise<void> {
    await this.beforeCall('renewForm');
    await this.#keyed.renewForm(settings);
  }

  rotateKeys(): Promise<{ key: string; records: number }> {
    return this.#keyed.rotateKeys();
  }

  changePassphrase(change: NewPassphrase): Promise<void> {
    return this.#keyed.changePassphrase(change);
  }

  async finishRotation(): Promise<void> {
    await this.beforeCall('finishRotation');
    await this.#keyed.finishRotation();
  }

  async copyTo(directory: string): Promise<void> {
    await this.beforeCall('copyTo');
    await this.#keyed.copyTo(directory);
  }

  override close(): Promise<void> {
    return this.#keyed.close();
  }
}

function deliveriesOf(delivery: Delivery, written: readonly Written[]): (readonly Written[])[] {
  if (delivery === 'lost') return [written.map((each) => ({ ...each, key: undefined }))];
  return delivery === 'twice' ? [written, written] : [written];
}
