import type { Collection, Entry, ListRange, NewEvent, Reader, Transaction } from './contract.ts';

export interface PendingWrite {
  collection: Collection<unknown>;
  key: string;
  /** Absent for a deletion. */
  value?: unknown;
}

export interface PendingRead {
  collection: Collection<unknown>;
  key: string;
  /** 0 for a key that had no value. */
  revision: number;
}

/** A transaction under way: remembers what was read, holds back what is written until the commit. */
export class BufferedTransaction implements Transaction {
  readonly reads = new Map<string, PendingRead>();
  readonly writes = new Map<string, PendingWrite>();
  readonly events: NewEvent[] = [];
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    const id = slot(collection, key);
    const written = this.writes.get(id);
    if (written !== undefined) return written.value === undefined ? undefined : this.#own<T>(written, key);
    const entry = await this.#reader.get(collection, key);
    if (!this.reads.has(id)) this.reads.set(id, { collection, key, revision: entry?.revision ?? 0 });
    return entry;
  }

  async *list<T>(collection: Collection<T>, range: ListRange = {}): AsyncIterable<Entry<T>> {
    for await (const entry of this.#reader.list(collection, range)) {
      const written = this.writes.get(slot(collection, entry.key));
      if (written === undefined) yield entry;
      else if (written.value !== undefined) yield this.#own<T>(written, entry.key);
    }
  }

  put<T>(collection: Collection<T>, key: string, value: T): void {
    this.writes.set(slot(collection, key), { collection, key, value });
  }

  delete<T>(collection: Collection<T>, key: string): void {
    this.writes.set(slot(collection, key), { collection, key });
  }

  emit(event: NewEvent): void {
    this.events.push(event);
  }

  #own<T>(written: PendingWrite, key: string): Entry<T> {
    // The value was put under a Collection<T>; the map that holds it cannot say so.
    return { key, value: written.value as T, revision: 0 };
  }
}

function slot(collection: Collection<unknown>, key: string): string {
  return `${collection.name}\0${key}`;
}
