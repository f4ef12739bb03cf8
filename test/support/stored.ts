import type { Migrated } from '../../src/store/catalogue.ts';
import type { AnyCollection, Store } from '../../src/store/contract.ts';

/** All of a collection in key order, of records or of chunks, whose values are their bytes. */
export async function* stored(store: Store, collection: AnyCollection): AsyncIterable<Migrated<unknown>> {
  if (collection.form !== 'bytes') yield* store.list(collection);
  else for await (const { key, bytes } of store.chunks.list(collection)) yield { key, value: bytes };
}
