import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { catalogue } from '../../src/server/catalogue.ts';
import { type UpgradeOptions, upgradeRecords, upgradeStore } from '../../src/server/upgrade.ts';
import { Checksums } from '../../src/store/checksums.ts';
import { diskOf, neededFor } from '../../src/store/disk-space.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { hasMigrations } from '../../src/store/migration.ts';
import { keyIdOf } from '../../src/store/seal.ts';
import { dataFileOf } from '../../src/store/store-file.ts';
import { layOut } from '../fixtures/recorded-site.ts';
import { RecordingLogger } from '../operations/support.ts';
import { BreakingKeyedStore } from '../store/breaking-store.ts';
import { changeRaw } from '../store/raw.ts';
import { fillDisk } from '../support/full-disk.ts';
import { contentOf } from '../support/migrated.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** What an earlier build recorded, opened, and what was in it before. */
async function recorded(directory: string) {
  layOut('first-build', directory, join(directory, 'events'));
  const store = openLmdbStore({ directory, clock: systemClock, catalogue });
  const before = await contentOf(store);
  const logger = new RecordingLogger();
  const signal = new AbortController().signal;
  const upgrade = (change: Partial<UpgradeOptions> = {}) =>
    upgradeStore({ store, catalogue, clock: systemClock, logger, signal, directory, withSnapshot: true, ...change });
  return { store, before, logger, upgrade };
}

/** What is in a store that nobody has open. */
async function contentIn(directory: string) {
  const store = openLmdbStore({ directory, clock: systemClock, catalogue });
  const content = await contentOf(store);
  await store.close();
  return content;
}

const snapshotsIn = (directory: string) => readdirSync(join(directory, 'snapshots'));

test('a store is copied before it is upgraded, and the log says where to', async () => {
  using directory = temporaryDirectory();
  const { store, before, logger, upgrade } = await recorded(directory.path);
  mkdirSync(join(directory.path, 'snapshots', 'before-0.0.1-2020-01-01T00-00-00'), { recursive: true });
  mkdirSync(join(directory.path, 'snapshots', 'unfinished', 'store'), { recursive: true });
  await upgrade();
  const [name = '', ...others] = snapshotsIn(directory.path);
  expect([name, others]).toEqual([
    expect.stringMatching(/^before-\d+\.\d+\.\d+\S*-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/),
    [],
  ]);
  const snapshot = join(directory.path, 'snapshots', name);
  const key = readFileSync(join(directory.path, 'master.key'));
  expect(readFileSync(join(snapshot, 'master.key')).equals(key)).toBe(true);
  for (const file of [dataFileOf(snapshot), join(snapshot, 'master.key')])
    expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const path of [snapshot, join(snapshot, 'store')]) expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'warn', details: { snapshot } }));
  expect((await store.get(upgradeRecords, 'last'))?.value.isDone).toBe(true);

  // The next start has nothing to do.
  logger.lines.length = 0;
  await upgrade();
  expect([logger.lines, snapshotsIn(directory.path)]).toEqual([[], [name]]);
  await store.close();

  // As the manual says, and then upgraded anew.
  const back = join(directory.path, 'back');
  cpSync(snapshot, back, { recursive: true });
  expect(await contentIn(back)).toEqual(before);
  const again = openLmdbStore({ directory: back, clock: systemClock, catalogue });
  expect(await hasMigrations({ store: again, catalogue })).toBe(true);
  await again.close();
});

test('an upgrade that was broken off keeps the snapshot of the store before it', async () => {
  using directory = temporaryDirectory();
  const { store, before, upgrade } = await recorded(directory.path);
  for (let calls = 1; ; calls += 3) {
    const broken = await upgrade({ store: new BreakingKeyedStore(store, calls, 'before') }).catch((error) => error);
    if (broken === undefined) break;
    expect(broken).toMatchObject({ message: 'injected' });
  }
  expect(store.isOfEarlierForm()).toBe(false);
  const names = snapshotsIn(directory.path);
  expect(names).toHaveLength(1);
  expect(await contentIn(join(directory.path, 'snapshots', String(names[0])))).toEqual(before);
  expect(await hasMigrations({ store, catalogue })).toBe(false);
  await store.close();
});

test('every value of an upgraded store has a checksum, and what is sealed says with which key', async () => {
  using directory = temporaryDirectory();
  const { store, upgrade } = await recorded(directory.path);
  await upgrade();
  await store.close();
  let [values, keyIds] = [0, 0];
  await changeRaw(directory.path, (table) => {
    // The version of the store is for builds before checksums.
    expect(table('meta').get('schema')?.toString()).toBe('2');
    expect(new Checksums('meta').behind('counters', table('meta').get('counters') ?? Buffer.alloc(0))).toBeDefined();
    const tables = catalogue.filter(({ collection }) => collection.form !== 'bytes');
    for (const { name, form } of [...tables.map(({ collection }) => collection), { name: 'events', form: 'record' }]) {
      const checksums = new Checksums(name);
      for (const { key, value } of table(name).getRange()) {
        const text = checksums.behind(key, value)?.toString() ?? '';
        expect(() => JSON.parse(text), `${name} ${key}`).not.toThrow();
        values += 1;
        if (form !== 'sealed') continue;
        expect(keyIdOf(JSON.parse(text)), `${name} ${key}`).toMatch(/^[0-9a-f]{16}$/);
        keyIds += 1;
      }
    }
  });
  expect(values).toBeGreaterThan(300);
  expect(keyIds).toBeGreaterThan(10);
});

test('a new store has no snapshot', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock, catalogue });
  const logger = new RecordingLogger();
  const signal = new AbortController().signal;
  await upgradeStore({
    store,
    catalogue,
    clock: systemClock,
    logger,
    signal,
    directory: directory.path,
    withSnapshot: true,
  });
  expect(readdirSync(directory.path)).not.toContain('snapshots');
  expect(logger.lines).toEqual([]);
  await store.close();
});

test.skipIf(!mayMount)(
  `without room for a snapshot nothing is changed, unless that is asked for${needsRoot}`,
  async () => {
    using outside = temporaryDirectory();
    layOut('first-build', outside.path, join(outside.path, 'events'));
    const size = statSync(dataFileOf(outside.path)).size;
    using disk = temporaryFileSystem(`size=${Math.ceil(size * 1.6)}`);
    const { store, before, upgrade } = await recorded(disk.path);
    await expect(upgrade()).rejects.toMatchObject({
      code: 'store_full',
      message: expect.stringMatching(/no room for a snapshot .* it takes \d+ MiB, and \d+ MiB are free/),
      hint: expect.stringContaining('--upgrade-without-snapshot'),
    });
    expect(await contentOf(store)).toEqual(before);
    await upgrade({ withSnapshot: false });
    expect(await hasMigrations({ store, catalogue })).toBe(false);
    expect(readdirSync(disk.path)).not.toContain('snapshots');
    await store.close();
  },
);

test.skipIf(!mayMount)(
  `a disk that is full in the middle of an upgrade stops it, and the next one completes it${needsRoot}`,
  async () => {
    using usual = temporaryDirectory();
    const elsewhere = await recorded(usual.path);
    await elsewhere.upgrade();
    const upgraded = await contentOf(elsewhere.store);
    await elsewhere.store.close();

    using disk = temporaryFileSystem('size=32m');
    const { store, upgrade } = await recorded(disk.path);
    const floor = neededFor('change', diskOf(disk.path));
    {
      using _ballast = fillDisk(disk.path, floor + 100_000);
      await expect(upgrade({ withSnapshot: false })).rejects.toMatchObject({
        code: 'store_full',
        message: expect.stringContaining('the file system of the data directory'),
      });
    }
    expect((await store.get(upgradeRecords, 'last'))?.value.isDone).toBe(false);
    await upgrade();
    expect(await hasMigrations({ store, catalogue })).toBe(false);
    const { [upgradeRecords.name]: _last, ...content } = await contentOf(store);
    const { [upgradeRecords.name]: _other, ...expected } = upgraded;
    expect(content).toEqual(expected);
    await store.close();
  },
);
