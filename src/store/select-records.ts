import { type Selected, type Selection, select, type Visible } from '../lib/selection.ts';
import type { CachingStore } from './cached.ts';
import type { Collection, ListRange } from './contract.ts';

/**
 * The records of a collection that a selection asks for, in key order unless it asks for another. A page without
 * filters is read from the store by its keys, without reading other records.
 *
 * @param shown the public form of a stored value, to which the selection applies
 * @param isVisible all records are visible without it
 */
export async function selectRecords<S, T extends object>(
  store: CachingStore,
  collection: Collection<S>,
  selection: Selection,
  shown: (stored: S) => T,
  isVisible?: Visible<T>,
): Promise<Selected<T>> {
  const page = isVisible === undefined ? pageByKeys(selection) : undefined;
  if (page !== undefined) {
    const records = await Array.fromAsync(store.list(collection, page), ({ value }) => shown(value));
    return { records, total: await store.count(collection) };
  }
  const all = await store.all(collection);
  return select(
    all.map(({ value }) => shown(value)),
    selection,
    isVisible,
  );
}

/** The keys that a selection asks for, if they are known without reading the records. */
export function pageByKeys({ filters, sort, limit, offset, reverse }: Selection): ListRange | undefined {
  if (filters.length > 0 || sort.length > 0 || limit === undefined) return undefined;
  return { limit, offset, reverse };
}
