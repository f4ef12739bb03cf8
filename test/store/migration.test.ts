import { Type as t } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import type { Catalogue } from '../../src/store/catalogue.ts';
import { type Entry, records, type Store } from '../../src/store/contract.ts';
import { leastLimits } from '../../src/store/limits.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { collectionVersions, emptying, hasMigrations, migrate } from '../../src/store/migration.ts';
import { RecordingLogger } from '../operations/support.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { BreakingStore } from './breaking-store.ts';

interface Thing {
  n: number;
  twice?: number;
}
const things = records<Thing>('things');
const sums = records<{ sum: number }>('sums');
const flags = records<true>('flags');

/** A record with a new member, a sum that is counted anew, and a collection that is given up. */
const catalogue: Catalogue = [
  {
    collection: things,
    version: 3,
    schema: t.Object({ n: t.Integer(), twice: t.Integer() }),
    kept: 'for ever',
    migrations: [
      {
        to: 2,
        what: 'one more',
        keys: 1,
        change: (tx, { key, value }: Entry<Thing>) => tx.put(things, key, { n: value.n + 1 }),
      },
      {
        to: 3,
        what: 'twice as much',
        keys: 1,
        change: (tx, { key, value }: Entry<Thing>) => tx.put(things, key, { ...value, twice: value.n * 2 }),
      },
    ],
  },
  {
    collection: sums,
    version: 2,
    schema: t.Object({ sum: t.Integer() }),
    kept: 'one',
    migrations: [
      {
        to: 2,
        what: 'adding up',
        over: things,
        keys: 2,
        isNeeded: async (reader) => (await reader.get(flags, 'added')) === undefined,
        async change(tx, { value }: Entry<Thing>, previous) {
          const before = previous === undefined ? 0 : ((await tx.get(sums, 'all'))?.value.sum ?? 0);
          tx.put(sums, 'all', { sum: before + value.n });
        },
      },
    ],
  },
  {
    collection: flags,
    version: 2,
    schema: t.Literal(true),
    kept: 'not used any more',
    migrations: [emptying(flags, 2)],
  },
];

const count = 150;

/** With the least that a transaction may come to. */
function temporaryStore() {
  const directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock, limits: leastLimits });
  return Object.assign(store, {
    async [Symbol.asyncDispose]() {
      await store.close();
      directory[Symbol.dispose]();
    },
  });
}

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < count; from += 50) {
    await store.transact(async (tx) => {
      for (let n = from; n < from + 50; n += 1) tx.put(things, `thing-${String(n).padStart(3, '0')}`, { n });
      tx.put(sums, 'all', { sum: 7 });
      tx.put(flags, 'other', true);
    });
  }
}

const run = (store: Store, logger = new RecordingLogger(), signal = new AbortController().signal) =>
  migrate({ store, catalogue, clock: systemClock, logger, signal });

async function expectMigrated(store: Store): Promise<void> {
  const stored = await Array.fromAsync(store.list(things), ({ value }) => value);
  expect(stored).toEqual(Array.from({ length: count }, (_, n) => ({ n: n + 1, twice: 2 * (n + 1) })));
  expect((await store.get(sums, 'all'))?.value).toEqual({ sum: (count * (count + 1)) / 2 });
  expect(await store.count(flags)).toBe(0);
  const versions = await Array.fromAsync(store.list(collectionVersions), ({ key, value }) => [key, value]);
  expect(versions).toEqual([
    ['flags', { version: 2 }],
    ['sums', { version: 2 }],
    ['things', { version: 3 }],
  ]);
}

test('a store is brought to the versions of the catalogue, once', async () => {
  await using store = temporaryStore();
  await fill(store);
  expect(await hasMigrations({ store, catalogue })).toBe(true);
  const logger = new RecordingLogger();
  await run(store, logger);
  await expectMigrated(store);
  expect(logger.lines.map(({ message }) => message)).toContain('migrating the store: twice as much');
  expect(await hasMigrations({ store, catalogue })).toBe(false);
  const again = new RecordingLogger();
  await run(store, again);
  await expectMigrated(store);
  expect(again.lines).toEqual([]);
});

test.each(['before', 'after'] as const)('it goes on when it is broken off %s any call to the store', async (when) => {
  let isDone = false;
  for (let n = 1; !isDone; n += 1) {
    await using store = temporaryStore();
    await fill(store);
    // Each start gets so many calls further, until none is broken off.
    for (let starts = 0; ; starts += 1) {
      const breaking = new BreakingStore(store, n + starts, when);
      try {
        await run(breaking);
        isDone = starts === 0;
        break;
      } catch (error) {
        expect(error).toMatchObject({ message: 'injected' });
      }
    }
    await expectMigrated(store);
  }
});

test('the signal ends it between two pages, and the next start goes on', async () => {
  await using store = temporaryStore();
  await fill(store);
  const stopping = new AbortController();
  const breaking = new BreakingStore(store, 8, 'after', () => stopping.abort(new Error('asked to end')));
  await expect(run(breaking, new RecordingLogger(), stopping.signal)).rejects.toThrow('asked to end');
  await run(store);
  await expectMigrated(store);
});

test('what was begun with a store that had nothing in it is not migrated later', async () => {
  await using store = temporaryStore();
  await run(store);
  await store.transact(async (tx) => tx.put(things, 'new', { n: 1, twice: 2 }));
  await run(store);
  expect((await store.get(things, 'new'))?.value).toEqual({ n: 1, twice: 2 });
});

test('a store with a collection of a newer version is refused, and nothing is changed', async () => {
  await using store = temporaryStore();
  await fill(store);
  await store.transact(async (tx) => tx.put(collectionVersions, 'flags', { version: 3 }));
  for (const work of [() => run(store), () => hasMigrations({ store, catalogue })]) {
    await expect(work()).rejects.toMatchObject({
      code: 'store_unusable',
      message: 'the collection flags of the store has version 3, this build knows 2',
      hint: expect.stringContaining('newer commissaire'),
    });
  }
  expect((await store.get(things, 'thing-000'))?.value).toEqual({ n: 0 });
});
