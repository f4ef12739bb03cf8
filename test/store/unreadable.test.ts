import { join } from 'node:path';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import type { CachingStore } from '../../src/store/cached.ts';
import { Checksums, withoutChecksum } from '../../src/store/checksums.ts';
import { type Collection, records, sealedRecords } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { openReadOnly } from '../../src/store/read-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { writeRaw } from './raw.ts';

const things = records<{ n: number }>('things');
const secrets = sealedRecords<{ n: number }>('secrets');

/** Three records in each of two collections, of which the second of one is changed as `change` says. */
async function damaged(collection: Collection<{ n: number }>, change: (bytes: Buffer) => Buffer) {
  const directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  const filled = openLmdbStore(options);
  await filled.transact(async (tx) => {
    for (const each of [things, secrets]) for (const n of [1, 2, 3]) tx.put(each, `key-${n}`, { n });
    tx.emit({ type: 'thing', action: 'created', key: 'one' });
    tx.emit({ type: 'thing', action: 'created', key: 'two' });
  });
  await filled.close();
  await writeRaw(directory.path, collection.name, 'key-2', change);
  const store = openLmdbStore(options);
  return {
    store,
    path: directory.path,
    async [Symbol.asyncDispose]() {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

const flipped = (bytes: Buffer) => Buffer.from(bytes).fill('}', 0, 1);
const named = (collection: string) => ({
  code: 'store_unusable',
  message: expect.stringContaining(`the record "key-2" of the collection ${collection} cannot be read`),
  hint: expect.stringContaining('restore a backup'),
});

const ways: readonly (readonly [
  string,
  (store: CachingStore, collection: Collection<{ n: number }>) => Promise<unknown>,
])[] = [
  ['by its key', (store, collection) => store.get(collection, 'key-2')],
  ['by its key in a transaction', (store, collection) => store.transact((tx) => tx.get(collection, 'key-2'))],
  ['in a list', (store, collection) => Array.fromAsync(store.list(collection))],
  ['in a list, backwards', (store, collection) => Array.fromAsync(store.list(collection, { reverse: true }))],
  ['among all', (store, collection) => store.all(collection)],
];

test.each(ways)('a record that is not JSON any more is named when it is read %s', async (_, read) => {
  await using bench = await damaged(things, flipped);
  await expect(read(bench.store, things)).rejects.toMatchObject(named('things'));
  // The others are as good as before.
  expect((await bench.store.get(things, 'key-3'))?.value).toEqual({ n: 3 });
  expect(await bench.store.get(things, 'key-4')).toBeUndefined();
  expect(await Array.fromAsync(bench.store.list(things, { after: 'key-2' }), ({ value }) => value.n)).toEqual([3]);
});

test.each(ways)('a sealed record that does not open is named when it is read %s', async (_, read) => {
  for (const change of [flipped, (bytes: Buffer) => Buffer.from(bytes.toString().replace(/..."$/, 'AAA"'))]) {
    await using bench = await damaged(secrets, change);
    await expect(read(bench.store, secrets)).rejects.toMatchObject(named('secrets'));
    expect((await bench.store.get(secrets, 'key-3'))?.value).toEqual({ n: 3 });
  }
});

test('a sealed record that was changed by somebody who knows how checksums are made is named too', async () => {
  const forged = (bytes: Buffer) => {
    const sealed = withoutChecksum(bytes).toString();
    return new Checksums(secrets.name).before('key-2', sealed.replace(/..."$/, 'AAA"'));
  };
  await using bench = await damaged(secrets, forged);
  await expect(bench.store.get(secrets, 'key-2')).rejects.toMatchObject({
    ...named('secrets'),
    message: expect.stringContaining('it was changed, or sealed with another master key'),
    hint: expect.stringContaining('put back the master.key'),
  });
});

test('a record that cannot be read can be written anew, and deleted', async () => {
  await using bench = await damaged(things, flipped);
  await bench.store.transact(async (tx) => tx.put(things, 'key-2', { n: 22 }));
  expect((await bench.store.get(things, 'key-2'))?.value).toEqual({ n: 22 });
  await using other = await damaged(things, flipped);
  await other.store.transact(async (tx) => tx.delete(things, 'key-2'));
  expect(await Array.fromAsync(other.store.list(things), ({ value }) => value.n)).toEqual([1, 3]);
});

test('a rotation of the master key names the record that stops it, and the next one goes on', async () => {
  await using bench = await damaged(secrets, flipped);
  await expect(bench.store.rotateKeys()).rejects.toMatchObject(named('secrets'));
  await bench.store.transact(async (tx) => tx.delete(secrets, 'key-2'));
  await bench.store.rotateKeys();
  expect(await Array.fromAsync(bench.store.list(secrets), ({ value }) => value.n)).toEqual([1, 3]);
});

test('who only reads is told the record too', async () => {
  await using bench = await damaged(things, flipped);
  await using reader = openReadOnly(bench.path, [things]);
  await expect(reader.get(things, 'key-2')).rejects.toMatchObject(named('things'));
  await expect(Array.fromAsync(reader.list(things))).rejects.toMatchObject(named('things'));
  expect((await reader.get(things, 'key-3'))?.value).toEqual({ n: 3 });
});

test('an event that cannot be read is named', async () => {
  await using bench = await damaged(things, (bytes) => bytes);
  await bench.store.close();
  const [key = ''] = await keysOf(bench.path, 'events');
  await writeRaw(bench.path, 'events', key, flipped);
  const again = openLmdbStore({ directory: bench.path, clock: systemClock });
  await expect(again.events.read(0, 10)).rejects.toMatchObject({
    code: 'store_unusable',
    message: expect.stringContaining(`the record "${key}" of the collection events cannot be read`),
  });
  expect(await again.events.read(1, 10)).toMatchObject([{ sequence: 2, key: 'two' }]);
  await again.close();
});

test.each(['schema', 'form', 'counters'])('a store without a readable %s is not opened', async (key) => {
  await using bench = await damaged(things, (bytes) => bytes);
  await bench.store.close();
  await writeRaw(bench.path, 'meta', key, () => Buffer.from('{'));
  expect(() => openLmdbStore({ directory: bench.path, clock: systemClock })).toThrow(
    `the record "${key}" of the collection meta cannot be read`,
  );
});

async function keysOf(directory: string, table: string): Promise<string[]> {
  const root = open({ path: join(directory, 'store'), maxDbs: 64 });
  const keys = Array.from(root.openDB({ name: table, encoding: 'binary' }).getKeys(), String);
  await root.close();
  return keys;
}
