import { systemClock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { catalogue } from '../../src/server/catalogue.ts';
import type { Store } from '../../src/store/contract.ts';
import { collectionVersions, migrate } from '../../src/store/migration.ts';
import { stored } from './stored.ts';

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger };

/** Takes away what a build wrote of the versions of collections: what is there now is of the first one. */
export async function forgetVersions(store: Store): Promise<void> {
  await store.transact(async (tx) => {
    for await (const { key } of tx.list(collectionVersions)) tx.delete(collectionVersions, key);
  });
}

/** Brings a store whose records are of the first builds to what this build reads. */
export async function migrateFromFirst(store: Store): Promise<void> {
  await forgetVersions(store);
  await migrateStore(store);
}

export function migrateStore(store: Store, logger = silentLogger, signal = new AbortController().signal) {
  return migrate({ store, catalogue, clock: systemClock, logger, signal });
}

/** All that is stored, by collection and key. */
export async function contentOf(store: Store): Promise<Record<string, Record<string, unknown>>> {
  const content: Record<string, Record<string, unknown>> = {};
  for (const { collection } of catalogue) {
    const entries = await Array.fromAsync(stored(store, collection), ({ key, value }) => [key, value] as const);
    content[collection.name] = Object.fromEntries(entries);
  }
  return content;
}
