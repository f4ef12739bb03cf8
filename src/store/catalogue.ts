import type { TSchema } from '@sinclair/typebox';
import type { AnyCollection } from './contract.ts';
import type { Migration } from './migration.ts';

/** A collection, of records or of chunks, as the catalogue of the product has it. */
export interface Catalogued {
  readonly collection: AnyCollection;
  /** Of the form of its values in this build. The first one is 1; each of the `migrations` leads to the next one. */
  readonly version: number;
  /** Oldest first. */
  readonly migrations?: readonly Migration[];
  /** What a stored value is, once it is opened and parsed; the bytes of a chunk. */
  readonly schema: TSchema;
  /** What bounds it: until when an entry is kept, or how many there can be. */
  readonly kept: string;
  /** The options of the server that `kept` speaks of. */
  readonly options?: readonly string[];
  /** Whether `Store.all` keeps the parsed entries in memory. Without it, the entries are read from the disk each time. */
  readonly isInMemory?: true;
}

/** Every collection of the product. */
export type Catalogue = readonly Catalogued[];
