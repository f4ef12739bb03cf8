import { CachedKeyedStore, type KeyedCachingStore } from './cached.ts';
import type { KeyedStore } from './contract.ts';
import { LmdbStore, type OpenStoreOptions } from './lmdb-store.ts';
import { lockDataDirectory, makeDataDirectory } from './lock.ts';

/** Opens the LMDB store of a data directory for this process alone, with a cache. @throws as `openUncached` */
export function openLmdbStore(options: OpenStoreOptions): KeyedCachingStore {
  const inMemory = options.catalogue?.filter(({ isInMemory }) => isInMemory);
  return new CachedKeyedStore(
    openUncached(options),
    inMemory && new Set(inMemory.map(({ collection }) => collection.name)),
  );
}

/**
 * The same without a cache.
 *
 * @throws AppError `data_directory_in_use`, `store_unusable`; `invalid_configuration` when a new store is asked for and
 *   there is one
 */
export function openUncached(options: OpenStoreOptions): KeyedStore {
  makeDataDirectory(options.directory);
  const lock = lockDataDirectory(options.directory);
  try {
    return new LmdbStore(options, lock);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}
