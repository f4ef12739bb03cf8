import type { Database } from 'lmdb';
import type { Entry } from './contract.ts';
import { readable } from './json-values.ts';
import { compareKeys } from './key-range.ts';

type Entries = readonly Entry<unknown>[];

/**
 * The entries of one table as they were last read. Parsing thousands of records takes longer than all that is done with
 * them, so only those that were written since are read again.
 */
export class KeptEntries {
  readonly #table: Database<unknown, string>;
  readonly #collection: string;
  readonly #byKey = new Map<string, Entry<unknown>>();
  /** Keys that were written since they were last looked up. */
  readonly #written = new Set<string>();
  /** Keys that were written since all entries were last given out. */
  readonly #changed = new Set<string>();
  #entries: Entries | undefined;

  /** @param collection its name, for what cannot be read */
  constructor(table: Database<unknown, string>, collection: string) {
    this.#table = table;
    this.#collection = collection;
  }

  /** The entry of this key was written or deleted, and that is in the table. */
  changed(key: string): void {
    if (this.#entries === undefined) return;
    this.#written.add(key);
    this.#changed.add(key);
  }

  /** The entry of a key, if there is one. Frozen, as it belongs to all who ask. */
  get(key: string): Entry<unknown> | undefined {
    // One entry that cannot be read keeps all of them from being known, and the others from nobody.
    if (this.#entries === undefined) return this.#stored(key);
    if (this.#written.has(key)) this.#read(key);
    return this.#byKey.get(key);
  }

  /** In key order, frozen as well. */
  entries(): Entries {
    const known = this.#entries;
    // To move an array's tail for each of very many takes longer than to read all anew.
    if (known === undefined || this.#changed.size * 4 > known.length) this.#entries = this.#all();
    else if (this.#changed.size > 0) this.#entries = this.#renewed(known);
    this.#changed.clear();
    return this.#entries ?? [];
  }

  #all(): Entries {
    this.#entries = undefined;
    // What was read a moment ago may be what the table held before the write.
    this.#table.resetReadTxn();
    this.#byKey.clear();
    this.#written.clear();
    this.#changed.clear();
    const range = this.#table.getRange({ versions: true, snapshot: false });
    const entries = Array.from(range, ({ key, value, version }) => this.#entryOf(key, value, version));
    for (const entry of entries) this.#byKey.set(entry.key, entry);
    return entries;
  }

  #read(key: string): void {
    const stored = this.#stored(key);
    if (stored === undefined) this.#byKey.delete(key);
    else this.#byKey.set(key, stored);
    // Not before: what could not be read must not be taken for what it was.
    this.#written.delete(key);
  }

  #stored(key: string): Entry<unknown> | undefined {
    this.#table.resetReadTxn();
    const stored = this.#table.getEntry(key);
    return stored && this.#entryOf(key, stored.value, stored.version);
  }

  #entryOf(key: string, value: unknown, version = 0): Entry<unknown> {
    return frozen({ key, value: readable(this.#collection, key, value), revision: version });
  }

  #renewed(known: Entries): Entries {
    const entries = [...known];
    for (const key of this.#changed) {
      const entry = this.get(key);
      const at = placeOf(entries, key);
      const found = entries[at]?.key === key ? 1 : 0;
      entries.splice(at, found, ...(entry === undefined ? [] : [entry]));
    }
    return entries;
  }
}

/** Not by recursion: a value may be nested deeper than there is stack, and would make all others of its table unreadable. */
function frozen<T>(value: T): T {
  const parts: unknown[] = [value];
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue;
    for (const inner of Object.values(Object.freeze(part))) parts.push(inner);
  }
  return value;
}

/** Where the key is, or would be. */
function placeOf(entries: Entries, key: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = entries[middle];
    if (found !== undefined && compareKeys(found.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
