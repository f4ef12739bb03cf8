import type {
  ChunkCollection,
  Collection,
  Committed,
  EventSource,
  ListRange,
  NewEvent,
  TimedEvent,
  Transaction,
} from '../../src/store/contract.ts';
import type { Purpose } from '../../src/store/disk-space.ts';
import { FaultyStore } from '../operations/support.ts';

/** Compared keys, written keys and events, and bytes of what is written. */
export interface Extent {
  operations: number;
  bytes: number;
}

/** A store that measures its transactions by what a bound counts. */
export class MeasuredStore extends FaultyStore {
  /** The most that any of them held. */
  readonly largest: Extent = { operations: 0, bytes: 0 };

  override commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>> {
    return super.commit(async (tx) => {
      const measured = new MeasuredTransaction(tx);
      const result = await work(measured);
      this.largest.operations = Math.max(this.largest.operations, measured.extent.operations);
      this.largest.bytes = Math.max(this.largest.bytes, measured.extent.bytes);
      return result;
    }, purpose);
  }
}

class MeasuredTransaction implements Transaction {
  readonly #tx: Transaction;
  readonly #compared = new Set<string>();
  /** Bytes by key. */
  readonly #written = new Map<string, number>();
  readonly #events: number[] = [];

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  get extent(): Extent {
    const sizes = [...this.#written.values(), ...this.#events];
    return { operations: this.#compared.size + sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  }

  get<T>(collection: Collection<T>, key: string) {
    this.#compared.add(`${collection.name}/${key}`);
    return this.#tx.get(collection, key);
  }

  async *list<T>(collection: Collection<T>, range?: ListRange) {
    for await (const entry of this.#tx.list(collection, range)) {
      this.#compared.add(`${collection.name}/${entry.key}`);
      yield entry;
    }
  }

  put<T>(collection: Collection<T>, key: string, value: T): void {
    this.#written.set(`${collection.name}/${key}`, key.length + Buffer.byteLength(JSON.stringify(value)));
    this.#tx.put(collection, key, value);
  }

  delete<T>(collection: Collection<T>, key: string): void {
    this.#written.set(`${collection.name}/${key}`, key.length);
    this.#tx.delete(collection, key);
  }

  keep(collection: ChunkCollection, key: string, bytes: Uint8Array): void {
    this.#written.set(`${collection.name}/${key}`, key.length + bytes.length);
    this.#tx.keep(collection, key, bytes);
  }

  discard(collection: ChunkCollection, key: string): void {
    this.#written.set(`${collection.name}/${key}`, key.length);
    this.#tx.discard(collection, key);
  }

  emit(event: NewEvent): void {
    this.#events.push(JSON.stringify(event).length);
    this.#tx.emit(event);
  }

  emitFrom<T>(source: EventSource<T>, key: string, event: TimedEvent): void {
    this.#events.push(JSON.stringify(event).length);
    this.#tx.emitFrom(source, key, event);
  }
}
