import { join } from 'node:path';
import fc from 'fast-check';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { records, sealedRecords } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const things = records<{ n: number }>('things');
const texts = records<unknown>('texts');
const secrets = sealedRecords<{ n: number }>('secrets');

const keys = ['a', 'ab', 'b', 'é', 'z', '\uffe0'];
const change = fc.record({
  key: fc.constantFrom(...keys),
  n: fc.option(fc.nat(9)),
});

test('all entries are those that a list reads, whatever was written in between', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 8 }), async (writes) => {
      for (const changes of writes) {
        await store.transact(async (tx) => {
          for (const { key, n } of changes) {
            if (n === null) tx.delete(things, key);
            else tx.put(things, key, { n });
          }
        });
        const listed = await Array.fromAsync(store.list(things));
        const first = changes[0]?.key ?? 'a';
        expect(await store.get(things, first)).toEqual(listed.find(({ key }) => key === first));
        expect(await store.all(things)).toEqual(listed);
        for (const key of keys) expect(await store.get(things, key)).toEqual(listed.find((entry) => entry.key === key));
        expect(await store.count(things)).toBe((await store.all(things)).length);
      }
    }),
    { numRuns: 50 },
  );
  await store.close();
});

test('few changes among many entries are found, and what was given out before stays as it was', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => {
    for (let n = 0; n < 100; n += 1) tx.put(things, `k${String(n).padStart(3, '0')}`, { n });
  });
  const before = await store.all(things);
  expect(await store.all(things)).toBe(before);
  await store.transact(async (tx) => {
    tx.put(things, 'k050', { n: -1 });
    tx.put(things, 'k0505', { n: -2 });
    tx.delete(things, 'k000');
    tx.delete(things, 'k999');
  });
  const after = await store.all(things);
  expect(after).toEqual(await Array.fromAsync(store.list(things)));
  expect([before.length, before[50]?.value, after.length, after[49]?.value]).toEqual([100, { n: 50 }, 100, { n: -1 }]);
  // What did not change was not read again.
  expect(after[0]).toBe(before[1]);
  await store.close();
});

test('what belongs to all cannot be changed, and what a transaction reads can', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => tx.put(things, 'a', { n: 1 }));
  await store.all(things);
  const shared = await store.get(things, 'a');
  expect(() => Object.assign(shared?.value ?? {}, { n: 2 })).toThrow(TypeError);
  await store.transact(async (tx) => {
    const own = await tx.get(things, 'a');
    if (own !== undefined) tx.put(things, 'a', Object.assign(own.value, { n: 3 }));
  });
  expect([shared?.value.n, (await store.get(things, 'a'))?.value.n]).toEqual([1, 3]);
  await store.close();
  await expect(store.get(things, 'a')).rejects.toThrow('closed');
});

test('a value that is nested as deep as can be stored is read, frozen, as all others are', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const deep: unknown = JSON.parse(`${'['.repeat(40_000)}${']'.repeat(40_000)}`);
  await store.transact(async (tx) => tx.put(texts, 'deep', deep));
  const [entry] = await store.all(texts);
  let depth = 0;
  for (let value = entry?.value; Array.isArray(value) && Object.isFrozen(value); [value] = value) depth += 1;
  expect(depth).toBe(40_000);
  await store.close();
});

test('an entry that cannot be read is not told as it was before', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => tx.put(things, 'a', { n: 1 }));
  await store.all(things);
  await store.transact(async (tx) => tx.put(things, 'a', { n: 2 }));
  // LMDB gives two openings in one process the same environment.
  const root = open<unknown, string>({ path: join(directory.path, 'store'), maxDbs: 64 });
  const raw = root.openDB<Uint8Array, string>({ name: 'things', encoding: 'binary', useVersions: true });
  await raw.put('a', Buffer.from('{"n":'), 3);
  const unreadable = { code: 'store_unusable', collection: 'things', key: 'a' };
  await expect(store.get(things, 'a')).rejects.toMatchObject(unreadable);
  await expect(store.get(things, 'a')).rejects.toMatchObject(unreadable);
  await expect(store.all(things)).rejects.toMatchObject(unreadable);
  await root.close();
  await store.close();
});

test('work that throws leaves all entries as they were', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => tx.put(things, 'a', { n: 1 }));
  const before = await store.all(things);
  const failing = store.transact(async (tx) => {
    tx.put(things, 'a', { n: 2 });
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await store.all(things)).toBe(before);
  await store.close();
});

test('what is sealed is opened for each who asks', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => tx.put(secrets, 'a', { n: 1 }));
  expect(await store.all(secrets)).toMatchObject([{ key: 'a', value: { n: 1 } }]);
  await store.transact(async (tx) => tx.put(secrets, 'a', { n: 2 }));
  expect(await store.all(secrets)).toMatchObject([{ key: 'a', value: { n: 2 } }]);
  await store.close();
});

test('a page of a list leaves out as many as its offset, in both directions', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => {
    for (const key of ['a', 'b', 'c', 'd']) tx.put(things, key, { n: 0 });
  });
  const keys = async (range: object) =>
    (await Array.fromAsync(store.list(things, range))).map(({ key }) => key).join('');
  expect(await keys({ offset: 1, limit: 2 })).toBe('bc');
  expect(await keys({ offset: 1, limit: 2, reverse: true })).toBe('cb');
  expect(await keys({ offset: 0, limit: 9 })).toBe('abcd');
  expect(await keys({ offset: 4, limit: 2 })).toBe('');
  expect(await keys({ offset: 9, limit: 2, reverse: true })).toBe('');
  await store.close();
});
