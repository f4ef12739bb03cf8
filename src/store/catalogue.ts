import type { Collection } from './contract.ts';

/** A collection as the catalogue of the product has it. */
export interface Catalogued {
  readonly collection: Collection<unknown>;
  /** What bounds it: until when an entry is kept, or how many there can be. */
  readonly kept: string;
  /** The options of the server that `kept` speaks of. */
  readonly options?: readonly string[];
  /** Whether `Store.all` keeps the parsed entries in memory. Without it, the entries are read from the disk each time. */
  readonly isInMemory?: true;
}

/** Every collection of the product. */
export type Catalogue = readonly Catalogued[];
