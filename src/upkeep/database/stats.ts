import { statSync } from 'node:fs';
import type { Catalogue } from '../../store/catalogue.ts';
import type { Collection, Reader } from '../../store/contract.ts';
import { openReadOnly } from '../../store/read-only.ts';
import { dataFileOf, surveyDataFile } from '../../store/store-file.ts';

/** A collection, or a table of the store itself. */
export interface CollectionStats {
  readonly name: string;
  readonly records: number;
  /** Bytes of its pages. */
  readonly bytes: number;
  /** When its first and its last record were made, in the order of keys; empty where the records do not say. */
  readonly oldest: string;
  readonly newest: string;
}

export interface StoreStats {
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly page_size: number;
  readonly pages: number;
  readonly free_pages: number;
  /** Bytes that `db compact` would give back. */
  readonly free_bytes: number;
  readonly collections: readonly CollectionStats[];
}

/** Measures the store of a data directory, whose server may be running. @throws AppError `store_unusable` */
export async function statsOf(dataDir: string, catalogue: Catalogue): Promise<StoreStats> {
  const file = dataFileOf(dataDir);
  const { pageSize, pages, freePages, tables } = surveyDataFile(file);
  const readable = catalogue.flatMap(({ collection }) => (collection.form === 'record' ? [collection] : []));
  await using store = openReadOnly(dataDir, readable);
  const collections: CollectionStats[] = [];
  for (const { name, entries, pages } of tables) {
    const collection = readable.find((each) => each.name === name);
    const [oldest, newest] = collection === undefined ? ['', ''] : await agesOf(store, collection);
    collections.push({ name, records: entries, bytes: pages * pageSize, oldest, newest });
  }
  collections.sort((one, other) => other.bytes - one.bytes);
  const free_bytes = freePages * pageSize;
  return {
    file,
    size: statSync(file).size,
    page_size: pageSize,
    pages,
    free_pages: freePages,
    free_bytes,
    collections,
  };
}

async function agesOf(store: Reader, collection: Collection<unknown>): Promise<[string, string]> {
  const [first] = await Array.fromAsync(store.list(collection, { limit: 1 }));
  const [last] = await Array.fromAsync(store.list(collection, { limit: 1, reverse: true }));
  return [timeOf(first), timeOf(last)];
}

/** By a time-ordered id (RFC 9562, 5.7) at the beginning of the key, or a member of the record. */
function timeOf(entry: { key: string; value: unknown } | undefined): string {
  if (entry === undefined) return '';
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(entry.key) ?? [];
  if (high !== undefined && low !== undefined) return new Date(Number.parseInt(high + low, 16)).toISOString();
  const { value } = entry;
  if (typeof value !== 'object' || value === null) return '';
  for (const member of ['at', 'created_at', 'pinned_at']) {
    const at: unknown = Reflect.get(value, member);
    if (typeof at === 'string') return at;
  }
  return '';
}
