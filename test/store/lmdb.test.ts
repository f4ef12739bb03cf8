import { chmodSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { Checksums } from '../../src/store/checksums.ts';
import { records, type Store, sealedRecords } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { openReadOnly } from '../../src/store/read-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { changeRaw } from './raw.ts';

interface Thing {
  n: number;
}
const things = records<Thing>('things');
const secrets = sealedRecords<{ password: string }>('secrets');

async function keys(store: Store, range = {}): Promise<string[]> {
  return Array.fromAsync(store.list(things, range), ({ key }) => key);
}

test('a sealed record never reaches the disk in clear', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => tx.put(secrets, 'a', { password: 'marked-secret-7f3a' }));
  expect((await store.get(secrets, 'a'))?.value).toEqual({ password: 'marked-secret-7f3a' });
  await store.close();
  expect(readFileSync(join(directory.path, 'store', 'data.mdb')).includes('marked-secret-7f3a')).toBe(false);
  expect(statSync(join(directory.path, 'master.key')).mode & 0o777).toBe(0o600);
});

test('a master key that others can read is refused, and so is a missing one', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  await openLmdbStore(options).close();
  chmodSync(join(directory.path, 'master.key'), 0o644);
  expect(() => openLmdbStore(options)).toThrow(/others may read the master key/);
  rmSync(join(directory.path, 'master.key'));
  expect(() => openLmdbStore(options)).toThrow(/is missing/);
});

test('a second store on the same directory is refused and names the holder', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  const store = openLmdbStore(options);
  expect(() => openLmdbStore(options)).toThrow(`process id ${process.pid}`);
  await store.close();
  await openLmdbStore(options).close();
});

test('a store of a newer version is refused, also by who only reads', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  await openLmdbStore(options).close();
  const form = Buffer.from(JSON.stringify({ version: 3, unchecked: 0, isRenewing: false }));
  const newer: Record<string, Buffer | undefined>[] = [
    { schema: Buffer.from('3'), form: new Checksums('meta').before('form', form) },
    { schema: Buffer.from('3'), form: undefined },
  ];
  for (const rows of newer) {
    await changeRaw(directory.path, (table) => {
      for (const [key, stored] of Object.entries(rows)) {
        if (stored === undefined) table('meta').removeSync(key);
        else table('meta').putSync(key, stored);
      }
    });
    expect(() => openLmdbStore(options)).toThrow(/schema version 3, this build knows 2/);
    expect(() => openReadOnly(directory.path, [things])).toThrow(/schema version 3, this build knows 2/);
  }
});

test('a transaction of which one write cannot be stored writes nothing, and others beside it are written', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const put = (...all: string[]) =>
    store.transact(async (tx) => {
      for (const key of all) tx.put(things, key, { n: 1 });
      tx.emit({ type: 'thing', action: 'created', key: all[0] ?? '' });
    });
  const tooLong = 'x'.repeat(5_000);
  const results = await Promise.allSettled([put('a'), put('b', tooLong), put('c')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await keys(store)).toEqual(['a', 'c']);
  expect((await store.events.read(0, 10)).map(({ sequence, key }) => [sequence, key])).toEqual([
    [1, 'a'],
    [2, 'c'],
  ]);
  expect(await store.get(things, tooLong)).toBeUndefined();
  await store.close();
});
