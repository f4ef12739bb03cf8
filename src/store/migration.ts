import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Catalogue, Catalogued, Migrated, Migration } from './catalogue.ts';
import { type AnyCollection, type Collection, type Reader, records, type Store, type Transaction } from './contract.ts';
import { leastLimits } from './limits.ts';

interface CollectionVersion {
  version: number;
  /** The cursor of a running migration to the next version: the last key it has written. */
  after?: string;
}

/** By name of the collection. A collection without a record is at version 1. */
export const collectionVersions = records<CollectionVersion>('collection-versions');

/** The part of a transaction's bytes that the entries it reads may fill, because the written ones may be longer. */
const part = 1 / 2;
/** Keys beside the entries: the version is read and written, and the list reads one more entry. */
const beside = 3;
const tellEachMs = 10_000;

export interface MigrateOptions {
  store: Store;
  catalogue: Catalogue;
  clock: Pick<Clock, 'monotonic'>;
  logger: Logger;
  /** Interrupts the migration; the next start continues it. */
  signal: AbortSignal;
}

/**
 * Whether a migration has anything to change in what is stored.
 *
 * @throws AppError `store_unusable` when a newer version of the product wrote the store
 */
export async function hasMigrations({
  store,
  catalogue,
}: Pick<MigrateOptions, 'store' | 'catalogue'>): Promise<boolean> {
  for (const { collection, steps } of await pendingOf(store, catalogue)) {
    for (const step of steps) if (await hasWork(store, collection, step)) return true;
  }
  return false;
}

/**
 * Migrates every collection to the version in the catalogue. Does nothing when all are there. Call it before anything
 * else reads or writes.
 *
 * @throws AppError `store_unusable` when a newer version of the product wrote the store; the reason of the signal; what
 *   a commit throws
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { store, catalogue } = options;
  const pending = await pendingOf(store, catalogue);
  for (const { collection, steps } of pending) {
    for (const step of steps) if (await hasWork(store, collection, step)) await run(options, collection, step);
  }
  if (pending.length === 0) return;
  await store.transact(async (tx) => {
    // Also for collections without entries to change.
    for (const { collection, version } of pending) tx.put(collectionVersions, collection.name, { version });
  });
}

/** @throws AppError `store_unusable` when a newer version of the product wrote the store */
export async function checkVersions(store: Reader, catalogue: Catalogue): Promise<void> {
  await pendingOf(store, catalogue);
}

interface Pending extends Catalogued {
  readonly steps: readonly Migration[];
}

async function pendingOf(store: Reader, catalogue: Catalogue): Promise<Pending[]> {
  const known = new Map(catalogue.map((each) => [each.collection.name, each.version]));
  const stored = new Map<string, number>();
  for await (const { key: name, value } of store.list(collectionVersions)) {
    stored.set(name, value.version);
    const version = known.get(name);
    if (version !== undefined && value.version > version) throw newer(name, value.version, version);
  }
  return catalogue.flatMap((each) => {
    const version = stored.get(each.collection.name) ?? 1;
    const steps = (each.migrations ?? []).filter(({ to }) => to > version);
    return steps.length > 0 ? [{ ...each, steps }] : [];
  });
}

async function hasWork(store: Store, collection: AnyCollection, { over = collection, ...step }: Migration) {
  if (await isEmpty(store, over)) return false;
  return (await step.isNeeded?.(store)) ?? true;
}

async function isEmpty(store: Store, over: AnyCollection): Promise<boolean> {
  if (over.form !== 'bytes') return (await store.count(over)) === 0;
  return (await Array.fromAsync(store.chunks.list(over, { limit: 1 }))).length === 0;
}

async function run(options: MigrateOptions, collection: AnyCollection, step: Migration): Promise<void> {
  const { store, clock, logger, signal } = options;
  const told = { collection: collection.name, version: step.to };
  logger.info(told, `migrating the store: ${step.what}`);
  let [entries, since] = [0, clock.monotonic()];
  for (let isMore = true; isMore; ) {
    signal.throwIfAborted();
    const page = await migratePage(store, collection, step);
    isMore = page.isMore;
    entries += page.entries;
    if (!isMore || clock.monotonic() - since < tellEachMs) continue;
    since = clock.monotonic();
    logger.info({ ...told, entries }, 'still migrating the store');
  }
  logger.info({ ...told, entries }, 'migrated the collection');
}

interface Page {
  entries: number;
  isMore: boolean;
}

/** The transaction of the changes also writes the cursor, so a resumed migration starts after them. */
function migratePage(store: Store, collection: AnyCollection, step: Migration): Promise<Page> {
  const { name } = collection;
  const limit = Math.max(1, Math.floor((leastLimits.operations - beside) / (step.keys + 1)));
  return store.transact(async (tx) => {
    const stored = (await tx.get(collectionVersions, name))?.value;
    let [entries, bytes, after] = [0, 0, stored?.after];
    for await (const entry of entriesOf(step.over ?? collection, { store, tx, after })) {
      if (entries === limit || bytes >= leastLimits.bytes * part) {
        tx.put(collectionVersions, name, { version: step.to - 1, ...(after === undefined ? {} : { after }) });
        return { entries, isMore: true };
      }
      await step.change(tx, entry, after);
      after = entry.key;
      entries += 1;
      bytes += sizeOf(entry.value);
    }
    tx.put(collectionVersions, name, { version: step.to });
    return { entries, isMore: false };
  });
}

interface Place {
  store: Store;
  tx: Transaction;
  after: string | undefined;
}

/** The entries after the cursor. Chunks do not change, so they are read outside the transaction. */
async function* entriesOf(over: AnyCollection, { store, tx, after }: Place): AsyncIterable<Migrated<unknown>> {
  const range = after === undefined ? {} : { after };
  if (over.form !== 'bytes') yield* tx.list(over, range);
  else for await (const { key, bytes } of store.chunks.list(over, range)) yield { key, value: bytes };
}

/** Removes every entry of a collection that builds no longer use. */
export function emptying(collection: Collection<unknown>, to: number): Migration {
  return {
    to,
    what: 'removing what is not used any more',
    keys: 1,
    change: (tx, { key }) => tx.delete(collection, key),
  };
}

function sizeOf(value: unknown): number {
  return value instanceof Uint8Array ? value.length : JSON.stringify(value).length;
}

function newer(name: string, stored: number, known: number): AppError {
  const message = `the collection ${name} of the store has version ${stored}, this build knows ${known}`;
  return new AppError('store_unusable', message, {
    hint: 'start the newer commissaire again, or restore a backup made before the upgrade',
  });
}
