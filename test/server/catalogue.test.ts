import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { expect, test } from 'vitest';
import { serverOptions } from '../../src/config/options.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { catalogue } from '../../src/server/catalogue.ts';
import { records } from '../../src/store/contract.ts';
import { leastLimits } from '../../src/store/limits.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { ownTables } from '../../src/store/tables.ts';
import { layOut } from '../fixtures/recorded-site.ts';
import { BreakingStore } from '../store/breaking-store.ts';
import { tableNames } from '../store/raw.ts';
import { contentOf, migrateStore } from '../support/migrated.ts';
import { stored } from '../support/stored.ts';
import { quickTemporaryDirectory, temporaryDirectory } from '../support/temporary.ts';

const source = join(import.meta.dirname, '../../src');
const formOf: Readonly<Record<string, string>> = {
  records: 'record',
  logRecords: 'record',
  eventRecords: 'record',
  sealedRecords: 'sealed',
  byteChunks: 'bytes',
};
const named = ({ name, form }: { name: string; form: string }) => `${name} ${form}`;
const catalogued = catalogue.map(({ collection }) => collection);

/** What is declared in a file, in the one way in which a collection is declared. */
function declaredIn(path: string): string[] {
  const text = readFileSync(join(source, path), 'utf8');
  const calls =
    /= (records|logRecords|eventRecords|sealedRecords|byteChunks)\b(?:<[^()=]*>)?\('([\w-]+)'(?:, \w+)?\);/g;
  const found = [...text.matchAll(calls)].map(([, maker = '', name = '']) =>
    named({ name, form: formOf[maker] ?? '' }),
  );
  const uses = text.match(/\b(records|logRecords|eventRecords|sealedRecords|byteChunks)(<|\()/g) ?? [];
  expect(found, `${path} declares a collection in another way`).toHaveLength(uses.length);
  return found;
}

test('every collection that is declared anywhere is in the catalogue, in its form, and no other', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const declared = files.filter((path) => path !== 'store/contract.ts').flatMap(declaredIn);
  expect(declared.length).toBeGreaterThan(30);
  expect(catalogued.map(named).toSorted()).toEqual(declared.toSorted());
});

test('no two collections have a name in common, nor one with a table of the store itself', () => {
  const names = [...catalogued.map(({ name }) => name), ...ownTables];
  expect(new Set(names).size).toBe(names.length);
});

test('every table of a store that an earlier build recorded is known', async () => {
  using directory = temporaryDirectory();
  layOut('first-build', directory.path, join(directory.path, 'events'));
  const tables = await tableNames(directory.path);
  expect(tables.length).toBeGreaterThan(20);
  const known = new Set([...catalogued.map(({ name }) => name), ...ownTables]);
  expect(tables.filter((name) => !known.has(name))).toEqual([]);
});

test('the migrations of a collection lead to its version, step by step', () => {
  for (const { collection, version, migrations = [] } of catalogue) {
    expect([1, ...migrations.map(({ to }) => to)], collection.name).toEqual(
      Array.from({ length: version }, (_, index) => index + 1),
    );
  }
});

/** What an earlier build recorded, opened. */
function recordedStore() {
  const directory = quickTemporaryDirectory();
  layOut('first-build', directory.path, join(directory.path, 'events'));
  const store = openLmdbStore({ directory: directory.path, clock: systemClock, catalogue, limits: leastLimits });
  return { store, [Symbol.dispose]: () => directory[Symbol.dispose]() };
}

test('every value of a store that an earlier build recorded meets its schema once it is migrated', async () => {
  using recorded = recordedStore();
  const { store } = recorded;
  await migrateStore(store);
  let values = 0;
  for (const { collection, schema } of catalogue) {
    for await (const { key, value } of stored(store, collection)) {
      values += 1;
      expect([...Value.Errors(schema, value)], `${collection.name} ${key}`).toEqual([]);
    }
  }
  expect(values).toBeGreaterThan(300);
  await store.close();
});

test('its migration goes on wherever a start before it was broken off, and comes to the same', async () => {
  using whole = recordedStore();
  const calls = new BreakingStore(whole.store, Number.POSITIVE_INFINITY, 'before');
  await migrateStore(calls);
  const expected = await contentOf(whole.store);
  await whole.store.close();
  expect(calls.calls).toBeGreaterThan(15);
  for (let n = 1; n <= calls.calls; n += 1) {
    using broken = recordedStore();
    const breaking = new BreakingStore(broken.store, n, n % 2 === 0 ? 'before' : 'after');
    await expect(migrateStore(breaking)).rejects.toThrow('injected');
    await migrateStore(broken.store);
    expect(await contentOf(broken.store), `broken off at call ${n}`).toEqual(expected);
    await broken.store.close();
  }
});

test('a bound that an option sets names an option', () => {
  const names = catalogue.flatMap(({ options = [] }) => options);
  expect(names.filter((option) => !serverOptions.some(({ name }) => name === option))).toEqual([]);
  expect(catalogue.filter(({ kept }) => kept === '')).toEqual([]);
});

test('a store opened with it has room for every collection, and for tables of another version', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock, catalogue };
  const store = openLmdbStore(options);
  const foreign = Array.from({ length: 20 }, (_, index) => records(`of-another-version-${index}`));
  await store.transact(async (tx) => {
    for (const collection of [...catalogued, ...foreign]) {
      if (collection.form === 'bytes') tx.keep(collection, 'key', new Uint8Array(1));
      else tx.put<unknown>(collection, 'key', 'x');
    }
  });
  expect(await store.rotateKeys()).toMatchObject({
    records: catalogued.filter(({ form }) => form === 'sealed').length,
  });
  await store.close();
  const next = openLmdbStore(options);
  for (const collection of catalogued) {
    const keys = await Array.fromAsync(stored(next, collection), ({ key }) => key);
    expect(keys, collection.name).toEqual(['key']);
  }
  await next.close();
});

test('only what the catalogue has in memory is kept there', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock, catalogue });
  for (const { collection, isInMemory = false } of catalogue) {
    if (collection.form === 'bytes') {
      expect(isInMemory, collection.name).toBe(false);
      continue;
    }
    const once = await store.all(collection);
    expect((await store.all(collection)) === once, collection.name).toBe(isInMemory);
  }
  await store.close();
});

test('the manual says of every option that bounds a collection what it keeps', () => {
  const manual = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const section = manual.split('\n## ').find((text) => text.startsWith('What is kept, and for how long\n')) ?? '';
  const options = catalogue.flatMap(({ options = [] }) => options);
  expect(options.length).toBeGreaterThan(2);
  expect(options.filter((option) => !section.includes(`\`${option}\``))).toEqual([]);
});
