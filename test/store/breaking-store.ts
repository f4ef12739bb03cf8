import type { CachingStore, KeyedCachingStore } from '../../src/store/cached.ts';
import type {
  Chunk,
  ChunkCollection,
  ChunkRange,
  Collection,
  Committed,
  Entry,
  ListRange,
  RenewalSettings,
  Transaction,
} from '../../src/store/contract.ts';
import type { Purpose } from '../../src/store/disk-space.ts';
import { ProcessLeases } from '../../src/store/leases.ts';
import type { NewPassphrase } from '../../src/store/passphrase-change.ts';
import { FaultyStore } from '../operations/support.ts';

/** A store of which one call fails, and each after it: that of a process that ends there. */
export class BreakingStore extends FaultyStore {
  calls = 0;
  readonly #last: number;
  readonly #when: 'before' | 'after';
  readonly #happens: () => void;

  /** @param last the number of that call, from 1; `after` it was made, or before */
  constructor(store: CachingStore, last: number, when: 'before' | 'after', happens: () => void = fail) {
    super(store);
    this.#last = last;
    this.#when = when;
    this.#happens = happens;
  }

  override get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    return this.call(() => super.get(collection, key));
  }

  override async *list<T>(collection: Collection<T>, range?: ListRange): AsyncIterable<Entry<T>> {
    await this.call(async () => undefined);
    yield* super.list(collection, range);
  }

  override async *listChunks(collection: ChunkCollection, range?: ChunkRange): AsyncIterable<Chunk> {
    await this.call(async () => undefined);
    yield* super.listChunks(collection, range);
  }

  override count(collection: Collection<unknown>): Promise<number> {
    return this.call(() => super.count(collection));
  }

  override commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>> {
    return this.call(() => super.commit(work, purpose));
  }

  protected async call<R>(make: () => Promise<R>): Promise<R> {
    this.calls += 1;
    if (this.#when === 'before' && this.calls >= this.#last) this.#happens();
    const result = await make();
    if (this.#when === 'after' && this.calls >= this.#last) this.#happens();
    return result;
  }
}

/** The same in front of a store with a form of its own. */
export class BreakingKeyedStore extends BreakingStore implements KeyedCachingStore {
  readonly leases = new ProcessLeases(this);
  readonly #keyed: KeyedCachingStore;

  constructor(store: KeyedCachingStore, last: number, when: 'before' | 'after') {
    super(store, last, when);
    this.#keyed = store;
  }

  isOfEarlierForm(): boolean {
    return this.#keyed.isOfEarlierForm();
  }

  renewForm(settings: RenewalSettings): Promise<void> {
    return this.call(() => this.#keyed.renewForm(settings));
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

  copyTo(directory: string): Promise<void> {
    return this.#keyed.copyTo(directory);
  }
}

function fail(): never {
  throw new Error('injected');
}
