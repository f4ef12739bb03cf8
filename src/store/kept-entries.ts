import type { Database } from 'lmdb';
import type { Entry } from './contract.ts';

type Entries = readonly Entry<unknown>[];

/**
 * The entries of one table as they were last read. Parsing thousands of records takes longer than all that is done with
 * them, so only those that were written since are read again.
 */
export class KeptEntries {
  readonly #table: Database<unknown, string>;
  readonly #changed = new Set<string>();
  #entries: Entries | undefined;

  constructor(table: Database<unknown, string>) {
    this.#table = table;
  }

  /** The entry of this key was written or deleted, and that is in the table. */
  changed(key: string): void {
    this.#changed.add(key);
  }

  /** In key order. Never changed once given out. */
  entries(): Entries {
    if (this.#entries !== undefined && this.#changed.size === 0) return this.#entries;
    // What was read a moment ago may be what the table held before the write.
    this.#table.resetReadTxn();
    const known = this.#entries;
    // To move an array's tail for each of very many takes longer than to read all anew.
    const entries = known === undefined || this.#changed.size * 4 > known.length ? this.#all() : this.#renewed(known);
    this.#changed.clear();
    this.#entries = entries;
    return entries;
  }

  #all(): Entries {
    const range = this.#table.getRange({ versions: true, snapshot: false });
    return Array.from(range, ({ key, value, version }) => ({ key, value, revision: version ?? 0 }));
  }

  #renewed(known: Entries): Entries {
    const entries = [...known];
    for (const key of this.#changed) {
      const at = placeOf(entries, key);
      const found = entries[at]?.key === key ? 1 : 0;
      const entry = this.#table.getEntry(key);
      if (entry === undefined) entries.splice(at, found);
      else entries.splice(at, found, { key, value: entry.value, revision: entry.version ?? 0 });
    }
    return entries;
  }
}

/** Where the key is, or would be. Keys sort as LMDB sorts them, by their bytes. */
function placeOf(entries: Entries, key: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = entries[middle];
    if (found !== undefined && Buffer.compare(Buffer.from(found.key), Buffer.from(key)) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
