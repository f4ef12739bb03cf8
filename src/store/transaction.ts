import { Pace } from '../lib/pace.ts';
import type {
  AnyCollection,
  ChunkCollection,
  Collection,
  Entry,
  EventSource,
  ListRange,
  NewEvent,
  Reader,
  TimedEvent,
  Transaction,
} from './contract.ts';
import { compareKeys, isInRange } from './key-range.ts';
import { type Limits, type Size, TransactionTooLarge } from './limits.ts';
import { ListRead } from './list-read.ts';

export interface PendingWrite {
  collection: Collection<unknown>;
  key: string;
  /** Absent for a deletion. */
  value?: unknown;
}

export interface PendingChunk {
  collection: ChunkCollection;
  key: string;
  /** Absent for a discarded chunk. */
  value?: Uint8Array;
}

export interface PendingRead {
  collection: Collection<unknown>;
  key: string;
  /** 0 for a key that had no value. */
  revision: number;
}

export interface PendingEvent {
  event: NewEvent;
  /** The record that contains the event, if one does. */
  record?: EventPlace;
}

export interface EventPlace {
  source: EventSource<unknown>;
  key: string;
}

interface OwnWrite<T> {
  key: string;
  /** Absent for a deletion. */
  entry: Entry<T> | undefined;
}

/** A running transaction: remembers its reads, and keeps its writes until the commit. */
export class BufferedTransaction implements Transaction {
  readonly reads = new Map<string, PendingRead>();
  readonly lists: ListRead[] = [];
  readonly writes = new Map<string, PendingWrite>();
  readonly events: PendingEvent[] = [];
  readonly chunks = new Map<string, PendingChunk>();
  readonly #reader: Reader;
  readonly #pace = new Pace();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    const id = slot(collection, key);
    const written = this.writes.get(id);
    if (written !== undefined) return written.value === undefined ? undefined : this.#own<T>(written, key);
    const entry = await this.#reader.get(collection, key);
    // LMDB answers at once, so a transaction that reads thousands of keys would keep all other work waiting.
    if (this.#pace.isDue) await this.#pace.rest();
    if (!this.reads.has(id)) this.reads.set(id, { collection, key, revision: entry?.revision ?? 0 });
    return entry;
  }

  async *list<T>(collection: Collection<T>, range: ListRange = {}): AsyncIterable<Entry<T>> {
    const { offset = 0, limit = Number.POSITIVE_INFINITY } = range;
    if (limit === 0) return;
    let count = 0;
    for await (const entry of this.#whole(collection, range)) {
      count += 1;
      if (count > offset) yield entry;
      if (count >= offset + limit) return;
    }
  }

  /** Merges stored and written entries in key order; the commit compares up to where the reader stops. */
  async *#whole<T>(collection: Collection<T>, range: ListRange): AsyncIterable<Entry<T>> {
    const read = new ListRead(collection, range);
    this.lists.push(read);
    const own = this.#writtenIn<T>(collection, range);
    const isBefore = orderOf(range);
    let at = 0;
    for await (const entry of this.#reader.list(collection, read.range)) {
      for (let next = own[at]; next !== undefined && isBefore(next.key, entry.key); next = own[at]) {
        at += 1;
        read.reached(next.key);
        if (next.entry !== undefined) yield next.entry;
      }
      read.saw(entry);
      const next = own[at];
      if (next?.key !== entry.key) {
        yield entry;
        continue;
      }
      at += 1;
      if (next.entry !== undefined) yield next.entry;
    }
    for (const { key, entry } of own.slice(at)) {
      read.reached(key);
      if (entry !== undefined) yield entry;
    }
    read.ended();
  }

  put<T>(collection: Collection<T>, key: string, value: T): void {
    this.writes.set(slot(collection, key), { collection, key, value });
  }

  delete<T>(collection: Collection<T>, key: string): void {
    this.writes.set(slot(collection, key), { collection, key });
  }

  emit(event: NewEvent): void {
    this.events.push({ event });
  }

  emitFrom<T>(source: EventSource<T>, key: string, event: TimedEvent): void {
    this.events.push({ event, record: { source, key } });
  }

  keep(collection: ChunkCollection, key: string, bytes: Uint8Array): void {
    this.chunks.set(slot(collection, key), { collection, key, value: bytes });
  }

  discard(collection: ChunkCollection, key: string): void {
    this.chunks.set(slot(collection, key), { collection, key });
  }

  get changesSomething(): boolean {
    return this.writes.size > 0 || this.events.length > 0 || this.chunks.size > 0;
  }

  /** A list counts as several reads: each entry, and the end of the range. */
  get readMoreThanOnce(): boolean {
    return this.#compared + this.lists.length > 1;
  }

  get size(): Size {
    const written = [...this.writes.values(), ...this.chunks.values()];
    const operations = this.#compared + written.length + this.events.length;
    return { operations, bytes: sum(written.map(bytesOf)) + sum(this.events.map(({ event }) => jsonBytes(event))) };
  }

  /** @throws TransactionTooLarge */
  checkSize(limits: Limits): void {
    if (limits.operations === Number.POSITIVE_INFINITY && limits.bytes === Number.POSITIVE_INFINITY) return;
    const { operations, bytes } = this.size;
    const comes = `the transaction compares ${this.#compared} keys, writes ${this.writes.size + this.chunks.size} and emits ${this.events.length} events`;
    if (operations > limits.operations) {
      throw new TransactionTooLarge(`${comes}: ${operations} operations, and the store takes ${limits.operations}`);
    }
    if (bytes > limits.bytes) {
      throw new TransactionTooLarge(`${comes}, in ${bytes} bytes, and the store takes ${limits.bytes}`);
    }
  }

  get #compared(): number {
    return this.reads.size + sum(this.lists.map(({ seen }) => seen));
  }

  /** The own writes so far, in the order of the range. */
  #writtenIn<T>(collection: Collection<T>, range: ListRange): OwnWrite<T>[] {
    const direction = range.reverse === true ? -1 : 1;
    return [...this.writes.values()]
      .filter((write) => write.collection.name === collection.name && isInRange(write.key, range))
      .sort((one, other) => direction * compareKeys(one.key, other.key))
      .map((write) => ({
        key: write.key,
        entry: write.value === undefined ? undefined : this.#own<T>(write, write.key),
      }));
  }

  #own<T>(written: PendingWrite, key: string): Entry<T> {
    // The value was put under a Collection<T>; the map that holds it cannot say so.
    return { key, value: written.value as T, revision: 0 };
  }
}

function bytesOf({ value }: PendingWrite | PendingChunk): number {
  if (value === undefined) return 0;
  return value instanceof Uint8Array ? value.length : jsonBytes(value);
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Whether the first of two keys precedes the other in the range. */
function orderOf({ reverse = false }: ListRange): (key: string, other: string) => boolean {
  return (key, other) => (reverse ? compareKeys(key, other) > 0 : compareKeys(key, other) < 0);
}

function slot(collection: AnyCollection, key: string): string {
  return `${collection.name}\0${key}`;
}
