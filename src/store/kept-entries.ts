import type { Collection, Entry, Store, Written } from './contract.ts';
import { compareKeys } from './key-range.ts';

type Entries<T> = readonly Entry<T>[];

/**
 * The entries of one collection as they were last read. Parsing thousands of records takes longer than using them, so
 * only the records written since are read again.
 */
export class KeptEntries<T> implements Disposable {
  readonly #store: Store;
  readonly #collection: Collection<T>;
  readonly #watch: Disposable;
  #byKey = new Map<string, Entry<T>>();
  /** Keys that were written since they were last read, each with a new mark for every write. */
  readonly #written = new Map<string, symbol>();
  /** Keys that were written since the list of all entries was last built. */
  readonly #changed = new Set<string>();
  /** How often the watch was interrupted, so that it is unknown what was written. */
  #interruptions = 0;
  #revision = 0;
  #entries: Entries<T> | undefined;
  #isLoading = false;
  /** The renewal that was requested and has not started. */
  #next: Promise<Entries<T>> | undefined;
  #current: Promise<unknown> = Promise.resolve();

  constructor(store: Store, collection: Collection<T>) {
    this.#store = store;
    this.#collection = collection;
    this.#watch = store.watch([collection], (written) => {
      for (const each of written) this.#hear(each);
    });
  }

  /** How many entries are in memory; 0 until all were read. */
  get size(): number {
    return this.#byKey.size;
  }

  /**
   * The revision of the last known write; undefined until all entries were read. Later reads have at least this
   * revision.
   */
  get revision(): number | undefined {
    return this.#entries && this.#revision;
  }

  /** The entry of a key, if there is one. Callers share it, so it is frozen. */
  async get(key: string): Promise<Entry<T> | undefined> {
    // An unreadable entry prevents the list of all entries, but the others can still be read one by one.
    if (this.#entries === undefined || this.#written.has(key)) return this.#read(key);
    return this.#byKey.get(key);
  }

  /** In key order, frozen. Includes every write that was announced before the call. */
  async entries(): Promise<Entries<T>> {
    if (this.#entries !== undefined && this.#changed.size === 0) return this.#entries;
    // A renewal that has started may have read a record before it was written.
    this.#next ??= this.#renewalAfter(this.#current);
    return this.#next;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #hear({ key, revision }: Written): void {
    this.#revision = Math.max(this.#revision, revision);
    if (key === undefined) this.#forget();
    else if (this.#entries !== undefined || this.#isLoading) {
      this.#written.set(key, Symbol(key));
      this.#changed.add(key);
    }
  }

  #forget(): void {
    this.#interruptions += 1;
    this.#entries = undefined;
    this.#byKey = new Map();
    this.#written.clear();
    this.#changed.clear();
  }

  #renewalAfter(before: Promise<unknown>): Promise<Entries<T>> {
    const renewal = before.then(() => {
      this.#next = undefined;
      return this.#renewed();
    });
    // The caller gets the failure; the next call tries again.
    this.#current = renewal.catch(() => undefined);
    return renewal;
  }

  async #renewed(): Promise<Entries<T>> {
    const known = this.#entries;
    // For very many changes, moving the tail of the array each time takes longer than reading everything again.
    if (known === undefined || this.#changed.size * 4 > known.length + 4) return this.#load();
    const keys = [...this.#changed];
    if (keys.length === 0) return known;
    await Promise.all(keys.filter((key) => this.#written.has(key)).map((key) => this.#read(key)));
    // If the watch was interrupted while they were read, everything must be read again.
    if (this.#entries !== known) return this.#load();
    for (const key of keys) if (!this.#written.has(key)) this.#changed.delete(key);
    this.#entries = this.#with(known, keys);
    return this.#entries;
  }

  async #load(): Promise<Entries<T>> {
    this.#isLoading = true;
    try {
      for (;;) {
        const interruptions = this.#interruptions;
        const entries = await this.#listed();
        if (this.#interruptions === interruptions) return entries;
      }
    } finally {
      this.#isLoading = false;
    }
  }

  async #listed(): Promise<Entries<T>> {
    const [before, interruptions] = [new Map(this.#written), this.#interruptions];
    this.#revision = Math.max(this.#revision, await this.#store.revisionOf(this.#collection));
    const entries: Entry<T>[] = [];
    for await (const entry of this.#store.list(this.#collection)) entries.push(frozen(entry));
    if (this.#interruptions !== interruptions) return entries;
    // Keys written during the read are read again; the list contains earlier writes.
    for (const [key, mark] of before) if (this.#written.get(key) === mark) this.#written.delete(key);
    for (const key of this.#changed) if (!this.#written.has(key)) this.#changed.delete(key);
    this.#byKey = new Map(entries.map((entry) => [entry.key, entry]));
    this.#entries = entries;
    return entries;
  }

  async #read(key: string): Promise<Entry<T> | undefined> {
    const mark = this.#written.get(key);
    const stored = await this.#store.get(this.#collection, key);
    const entry = stored && frozen(stored);
    // Only after the read, so that an unreadable record is not taken for its old value. A running list may have read an
    // older one.
    if (mark === undefined || this.#written.get(key) !== mark || this.#isLoading) return entry;
    this.#written.delete(key);
    if (entry === undefined) this.#byKey.delete(key);
    else this.#byKey.set(key, entry);
    return entry;
  }

  #with(known: Entries<T>, keys: readonly string[]): Entries<T> {
    const entries = [...known];
    for (const key of keys) {
      const entry = this.#byKey.get(key);
      const at = placeOf(entries, key);
      const found = entries[at]?.key === key ? 1 : 0;
      entries.splice(at, found, ...(entry === undefined ? [] : [entry]));
    }
    return entries;
  }
}

/** Not recursive: a value may be nested deeper than the stack, and would make its whole collection unreadable. */
function frozen<T>(value: T): T {
  const parts: unknown[] = [value];
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue;
    for (const inner of Object.values(Object.freeze(part))) parts.push(inner);
  }
  return value;
}

/** The index of a key, or where it would be. */
function placeOf(entries: Entries<unknown>, key: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = entries[middle];
    if (found !== undefined && compareKeys(found.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
