import type { TSchema } from '@sinclair/typebox';
import type { AnyCollection, Entry, Reader, Transaction } from './contract.ts';

/** An entry that a migration goes over: a record, or a chunk, whose value is its bytes. */
export type Migrated<T> = Pick<Entry<T>, 'key' | 'value'>;

/**
 * Migrates a collection from one version to the next. It goes over the entries of a collection in key order, some in
 * each transaction, and may be interrupted between two transactions.
 */
export interface Migration {
  readonly to: number;
  /** Says in the log what the migration does. */
  readonly what: string;
  /** The collection whose entries it goes over; by default the collection itself. */
  readonly over?: AnyCollection;
  /** The most keys that it reads and writes for one entry. */
  readonly keys: number;
  /** Whether the migration has anything to do; by default, whether there are entries. */
  isNeeded?(reader: Reader): Promise<boolean>;
  /**
   * Writes the new form of one entry.
   *
   * @param previous the key of the entry before it; undefined at the first one
   */
  change(tx: Transaction, entry: Migrated<unknown>, previous: string | undefined): Promise<void> | void;
}

/** A collection, of records or of chunks, with what the product declares about it. */
export interface Catalogued {
  readonly collection: AnyCollection;
  /**
   * The version of the form of its values in this build. The first is 1; each of the `migrations` leads to the next.
   */
  readonly version: number;
  /** Oldest first. */
  readonly migrations?: readonly Migration[];
  /** The schema of a stored value after it was opened and parsed; for a chunk, of its bytes. */
  readonly schema: TSchema;
  /** What bounds the collection: how long an entry is kept, or how many entries there can be. */
  readonly kept: string;
  /** The options of the server that `kept` mentions. */
  readonly options?: readonly string[];
  /** Whether `Store.all` keeps the parsed entries in memory. Without it, the entries are read from the disk each time. */
  readonly isInMemory?: true;
}

/** Every collection of the product. */
export type Catalogue = readonly Catalogued[];
