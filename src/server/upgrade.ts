import type { Clock } from '../lib/clock.ts';
import { timestamp } from '../lib/clock.ts';
import { version } from '../lib/version.ts';
import { type KeyedStore, records } from '../store/contract.ts';
import { hasMigrations, type MigrateOptions, migrate } from '../store/migration.ts';
import { makeSnapshot } from '../store/snapshot.ts';

/** The upgrade of a store, as the last build with something to change recorded it. */
export interface StoreUpgrade {
  /** The build that upgraded it. */
  version: string;
  /** When the upgrade started. */
  at: string;
  isDone: boolean;
}

/** The one record of this collection is `last`. */
export const upgradeRecords = records<StoreUpgrade>('store-upgrade');

export interface UpgradeOptions extends MigrateOptions {
  store: KeyedStore;
  clock: Clock;
  /** The data directory. */
  directory: string;
  /** Whether to make a snapshot; without it the operator has made one. */
  withSnapshot: boolean;
}

/**
 * Upgrades a store to the form of this build. It makes a snapshot before the first change, and the log says where that
 * is. An interrupted upgrade continues with the snapshot it has. Call it before anything else reads or writes.
 *
 * @throws AppError `store_unusable` when a newer version of the product wrote the store, or a snapshot cannot be made;
 *   `store_full`; the reason of the signal
 */
export async function upgradeStore(options: UpgradeOptions): Promise<void> {
  const { store, catalogue, clock, logger, signal } = options;
  const last = (await store.get(upgradeRecords, 'last'))?.value;
  if (last?.isDone !== false) {
    // A new store needs no change; `migrate` records its versions.
    if (!store.isOfEarlierForm() && !(await hasMigrations(options))) return migrate(options);
    await begin(options);
  }
  await store.renewForm({ collections: catalogue.map(({ collection }) => collection), clock, logger, signal });
  await migrate(options);
  await store.transact(async (tx) => {
    const begun = (await tx.get(upgradeRecords, 'last'))?.value;
    tx.put(upgradeRecords, 'last', { at: timestamp(clock.now()), ...begun, version, isDone: true });
  });
  logger.info({ version }, 'the store is upgraded');
}

async function begin({ store, clock, logger, directory, withSnapshot }: UpgradeOptions): Promise<void> {
  const at = timestamp(clock.now());
  if (withSnapshot) {
    const name = `before-${version}-${at.slice(0, 19).replaceAll(':', '-')}`;
    const snapshot = await makeSnapshot({ directory, name });
    const told =
      'the store is of an earlier version and is upgraded now; to go back to that one, stop the server, run ' +
      `\`commissaire restore --snapshot ${name} --data-dir ${directory}\`, and start the earlier version`;
    logger.warn({ snapshot }, told);
  } else logger.warn({}, 'the store is of an earlier version and is upgraded now, without a snapshot');
  await store.transact(async (tx) => tx.put(upgradeRecords, 'last', { version, at, isDone: false }));
}
