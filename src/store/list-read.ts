import type { Collection, Entry, ListRange } from './contract.ts';
import { compareKeys } from './key-range.ts';

/** A key of a list as it was read, or as it is at the commit. */
export type SeenKey = Pick<Entry<unknown>, 'key' | 'revision'>;

/** What a list inside a transaction read from the store, and how far it went: what the commit compares. */
export class ListRead {
  readonly collection: Collection<unknown>;
  /** The range of the list, without `limit`: `isAs` stops where the reader did. */
  readonly range: ListRange;
  readonly #seen: SeenKey[] = [];
  /** The last key that the reader got, or for which it learned that there is no entry. */
  #reached: string | undefined;
  #isWhole = false;

  constructor(collection: Collection<unknown>, { offset: _, limit: __, ...range }: ListRange) {
    this.collection = collection;
    this.range = range;
  }

  /** How many keys the commit compares. */
  get seen(): number {
    return this.#seen.length;
  }

  /** The reader got past this entry of the store. */
  saw({ key, revision }: SeenKey): void {
    this.#seen.push({ key, revision });
    this.#reached = key;
  }

  /** The reader got past this key, whether the store has it or not. */
  reached(key: string): void {
    this.#reached = key;
  }

  /** The reader got to the end of the range. */
  ended(): void {
    this.#isWhole = true;
  }

  /** Whether no key that the reader got to was added, deleted or written. @param present the keys of the range */
  isAs(present: Iterable<SeenKey>): boolean {
    let at = 0;
    if (!this.#isWhole && this.#reached === undefined) return true;
    for (const { key, revision } of present) {
      if (this.#isPast(key)) break;
      const seen = this.#seen[at];
      if (seen?.key !== key || seen.revision !== revision) return false;
      at += 1;
      if (!this.#isWhole && key === this.#reached) break;
    }
    return at === this.#seen.length;
  }

  #isPast(key: string): boolean {
    if (this.#isWhole || this.#reached === undefined) return false;
    const order = compareKeys(key, this.#reached);
    return this.range.reverse === true ? order < 0 : order > 0;
  }
}
