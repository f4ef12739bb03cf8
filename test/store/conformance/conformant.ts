import {
  type AnyCollection,
  type Entry,
  logRecords,
  records,
  type Store,
  sealedRecords,
} from '../../../src/store/contract.ts';
import type { Limits } from '../../../src/store/limits.ts';

/** A store that is open, gone when the scope ends. */
export interface Opened extends AsyncDisposable {
  readonly store: Store;
  /** Closes it, and opens what it has stored anew. */
  reopen(settings?: Settings): Promise<Store>;
}

export interface Settings {
  /** How many events are kept. */
  maxEvents?: number;
  /** Those there are. Without it none is known beforehand. */
  collections?: readonly AnyCollection[];
  limits?: Limits;
}

/** An implementation of the contract. */
export interface Conformant {
  /** A new store with nothing in it. */
  open(settings?: Settings): Promise<Opened>;
  /** How many cases are made up where they are. */
  readonly runs: number;
}

export interface Thing {
  n: number;
}

export const things = records<Thing>('things');
export const secrets = sealedRecords<{ password: string }>('secrets');
export const numbers = records<number>('numbers');
export const logged = logRecords<number>('logged');

export function putNumbers(store: Store, ...keys: string[]): Promise<void> {
  return store.transact(async (tx) => {
    for (const key of keys) tx.put(numbers, key, 0);
  });
}

export function keysOf(entries: AsyncIterable<Entry<unknown>>): Promise<string[]> {
  return Array.fromAsync(entries, ({ key }) => key);
}
