import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { networkRecords } from '../../../src/inventory/collections.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { catalogue } from '../../../src/server/catalogue.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { lockDataDirectory } from '../../../src/store/lock.ts';
import { makeSnapshot } from '../../../src/store/snapshot.ts';
import { Backups } from '../../../src/upkeep/backup/backups.ts';
import type { Manifest } from '../../../src/upkeep/backup/file/manifest.ts';
import { backupBytes } from '../../../src/upkeep/backup/file/write.ts';
import { restoreBackup, restoreSnapshot } from '../../../src/upkeep/backup/restore.ts';
import { RecordingLogger } from '../../operations/support.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const now = new Date('2026-11-30T23:00:00Z');
const network = (name: string) => ({ name, type: 'flannel_etcd', options: {} }) as const;

/** Puts networks into the store of a data directory, and returns a backup of it. */
async function backedUp(
  dataDir: string,
  names: readonly string[],
  named: readonly string[] = [],
  withMasterKey = true,
) {
  const store = openLmdbStore({ directory: dataDir, clock: systemClock });
  const logger = new RecordingLogger();
  const installation = { dataDir, backupDirectory: join(dataDir, 'backups'), named, leftOut: [] };
  await using backups = new Backups({ store, clock: systemClock, logger, catalogue, installation });
  for (const name of names) await store.transact(async (tx) => tx.put(networkRecords, name, network(name)));
  const bytes = Buffer.concat(await Array.fromAsync(backups.stream({ withMasterKey })));
  await store.close();
  return bytes;
}

async function networksIn(directory: string): Promise<string[]> {
  const store = openLmdbStore({ directory, clock: systemClock });
  const keys = await Array.fromAsync(store.list(networkRecords), ({ key }) => key);
  await store.close();
  return keys;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const restore = (bytes: Uint8Array, dataDir: string) => restoreBackup({ source: once(bytes), dataDir, now, catalogue });

test('the old data directory is kept, with backups and snapshots in both; what was cut short before is removed', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const bytes = await backedUp(dataDir, ['first']);
  await backedUp(dataDir, ['second']);
  mkdirSync(join(dataDir, 'backups'));
  writeFileSync(join(dataDir, 'backups', 'one.backup'), 'a backup');
  mkdirSync(`${dataDir}.unfinished`);
  writeFileSync(`${dataDir}.unfinished/half`, 'of an earlier restore');
  const { kept = '' } = await restore(bytes, dataDir);
  expect(kept).toBe(`${dataDir}.before-restore-2026-11-30T23-00-00`);
  expect(await networksIn(dataDir)).toEqual(['first']);
  expect(await networksIn(kept)).toEqual(['first', 'second']);
  for (const each of [dataDir, kept]) expect(readdirSync(join(each, 'backups'))).toEqual(['one.backup']);
  expect(readdirSync(directory.path).sort()).toEqual(['data', 'data.before-restore-2026-11-30T23-00-00']);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

test('files from elsewhere are put aside, and paths of the configuration lead to the new data directory', async () => {
  using directory = temporaryDirectory();
  const [dataDir, elsewhere] = [join(directory.path, 'data'), join(directory.path, 'etc', 'users.json')];
  mkdirSync(join(directory.path, 'etc'));
  mkdirSync(dataDir);
  writeFileSync(elsewhere, '{}');
  writeFileSync(
    join(dataDir, 'commissaire.conf'),
    JSON.stringify({ 'tls-pemfile': join(dataDir, 'server.pem'), a: elsewhere }),
  );
  const bytes = await backedUp(dataDir, [], [elsewhere]);
  writeFileSync(elsewhere, '{"changed": true}');
  const other = join(directory.path, 'other');
  const { movedPaths, outside } = await restore(bytes, other);
  expect(movedPaths).toBe(true);
  const configuration = JSON.parse(readFileSync(join(other, 'commissaire.conf'), 'utf8'));
  expect(configuration).toEqual({ 'tls-pemfile': join(other, 'server.pem'), a: elsewhere });
  expect(outside).toEqual([{ path: elsewhere, copy: join(other, 'restored-files', elsewhere), state: 'differs' }]);
  expect(readFileSync(outside[0]?.copy ?? '', 'utf8')).toBe('{}');
  expect(readFileSync(elsewhere, 'utf8')).toBe('{"changed": true}');
});

test('nothing changes when the backup is damaged, the directory is in use, or it is something else', async () => {
  using directory = temporaryDirectory();
  const [dataDir, home] = [join(directory.path, 'data'), join(directory.path, 'home')];
  const bytes = await backedUp(dataDir, ['first']);
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  await expect(restore(flipped, dataDir)).rejects.toMatchObject({ code: 'backup_damaged' });
  {
    using _server = lockDataDirectory(dataDir);
    await expect(restore(bytes, dataDir)).rejects.toMatchObject({ code: 'data_directory_in_use' });
  }
  mkdirSync(home);
  writeFileSync(join(home, 'letter.txt'), 'mine');
  await expect(restore(bytes, home)).rejects.toMatchObject({ code: 'store_unusable' });
  expect(readdirSync(directory.path).sort()).toEqual(['data', 'home']);
  expect(await networksIn(dataDir)).toEqual(['first']);
});

test('a backup without the master key has none, and the rest of it is whole', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const bytes = await backedUp(dataDir, ['first'], [], false);
  const other = join(directory.path, 'other');
  const { backup } = await restore(bytes, other);
  expect(backup.manifest.master_key).toBe('left_out');
  expect(existsSync(join(other, 'master.key'))).toBe(false);
});

test.each([
  { what: 'version of the product', change: { version: '99.0.0' } },
  { what: 'form of the store', change: { store_schema: 99 } },
  { what: 'version of a collection', change: { collections: { hosts: 99 } } },
])('a backup with a newer $what is refused', async ({ change }) => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'file');
  writeFileSync(file, 'content');
  const sha256 = createHash('sha256').update('content').digest('hex');
  const manifest: Manifest = {
    version: '0.1.0',
    created_at: '2026-11-30T23:00:00.000000',
    host: 'jump1',
    data_dir: '/var/lib/commissaire',
    master_key: 'plain',
    store_schema: 2,
    collections: {},
    parts: [{ name: 'store/data.mdb', kind: 'store', size: 7, sha256, mode: '600' }],
    left_out: [],
    ...change,
  };
  const bytes = Buffer.concat(await Array.fromAsync(backupBytes({ manifest, pathOf: () => file })));
  await expect(restore(bytes, join(directory.path, 'data'))).rejects.toMatchObject({ code: 'backup_newer' });
  expect(readdirSync(directory.path)).toEqual(['file']);
});

test('a snapshot of an upgrade takes the place of the store and its key, and everything else stays', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await backedUp(dataDir, ['first']);
  writeFileSync(join(dataDir, 'users.json'), '{}');
  await makeSnapshot({ directory: dataDir, name: 'before-1.0.0' });
  await backedUp(dataDir, ['second']);
  await expect(restoreSnapshot('before-2.0.0', { dataDir, now })).rejects.toMatchObject({
    code: 'backup_not_found',
    hint: 'there is: before-1.0.0',
  });
  const kept = await restoreSnapshot('before-1.0.0', { dataDir, now });
  expect(await networksIn(dataDir)).toEqual(['first']);
  expect(await networksIn(kept ?? '')).toEqual(['first', 'second']);
  expect(readFileSync(join(dataDir, 'users.json'), 'utf8')).toBe('{}');
  expect(readdirSync(join(dataDir, 'snapshots'))).toEqual(['before-1.0.0']);
});
