import type { TSchema } from '@sinclair/typebox';
import type { AnyCollection, Entry, Reader, Transaction } from './contract.ts';

/** What a migration goes over: a record, or a chunk, whose value is its bytes. */
export type Migrated<T> = Pick<Entry<T>, 'key' | 'value'>;

/**
 * One step of a collection from a version to the next. It goes over the entries of a collection in key order, so many in one
 * transaction, and may be broken off between any two of these.
 */
export interface Migration {
  readonly to: number;
  /** For the log: what is done. */
  readonly what: string;
  /** Whose entries it goes over, when they are not those of the collection itself. */
  readonly over?: AnyCollection;
  /** Most keys that are read for one entry, and those that are written. */
  readonly keys: number;
  /** Whether there is anything to be done. Without it there is when there are entries. */
  isNeeded?(reader: Reader): Promise<boolean>;
  /**
   * Writes what becomes of one entry.
   *
   * @param previous the key of the entry before it; undefined at the first one
   */
  change(tx: Transaction, entry: Migrated<unknown>, previous: string | undefined): Promise<void> | void;
}

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
