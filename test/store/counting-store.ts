import type {
  AnyCollection,
  Chunk,
  ChunkCollection,
  ChunkRange,
  Collection,
  Committed,
  Entry,
  ListRange,
  Transaction,
} from '../../src/store/contract.ts';
import type { Purpose } from '../../src/store/disk-space.ts';
import { FaultyStore } from '../operations/support.ts';

/** A store that counts how often it was asked, by collection. What runs anew after a conflict counts again. */
export class CountingStore extends FaultyStore {
  /** What was put, deleted, kept and discarded inside transactions. */
  readonly written = new Map<string, number>();
  /** Entries and chunks that were read from the store, outside transactions and inside. */
  readonly read = new Map<string, number>();

  override async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    count(this.read, collection);
    return super.get(collection, key);
  }

  override async *list<T>(collection: Collection<T>, range?: ListRange): AsyncIterable<Entry<T>> {
    for await (const entry of super.list(collection, range)) {
      count(this.read, collection);
      yield entry;
    }
  }

  override async *listChunks(collection: ChunkCollection, range?: ChunkRange): AsyncIterable<Chunk> {
    for await (const chunk of super.listChunks(collection, range)) {
      count(this.read, collection);
      yield chunk;
    }
  }

  override async all<T>(collection: Collection<T>): Promise<readonly Entry<T>[]> {
    const entries = await super.all(collection);
    count(this.read, collection, entries.length);
    return entries;
  }

  override commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>> {
    return super.commit((tx) => work(this.#counting(tx)), purpose);
  }

  #counting(tx: Transaction): Transaction {
    const { read, written } = this;
    return {
      get: (collection, key) => {
        count(read, collection);
        return tx.get(collection, key);
      },
      async *list(collection, range) {
        for await (const entry of tx.list(collection, range)) {
          count(read, collection);
          yield entry;
        }
      },
      put: (collection, key, value) => {
        count(written, collection);
        tx.put(collection, key, value);
      },
      delete: (collection, key) => {
        count(written, collection);
        tx.delete(collection, key);
      },
      emit: (event) => tx.emit(event),
      emitFrom: (source, key, event) => tx.emitFrom(source, key, event),
      keep: (collection, key, bytes) => {
        count(written, collection);
        tx.keep(collection, key, bytes);
      },
      discard: (collection, key) => {
        count(written, collection);
        tx.discard(collection, key);
      },
    };
  }
}

function count(counts: Map<string, number>, { name }: AnyCollection, more = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + more);
}
