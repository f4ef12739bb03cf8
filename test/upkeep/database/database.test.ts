import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostRecords, membershipRecords, networkRecords } from '../../../src/inventory/collections.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { catalogue } from '../../../src/server/catalogue.ts';
import { checkStore, compactIn, measureIn } from '../../../src/server/database.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { migrate } from '../../../src/store/migration.ts';
import { dataFileOf } from '../../../src/store/store-file.ts';
import { RecordingLogger } from '../../operations/support.ts';
import { writeRaw } from '../../store/raw.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** A store with so many networks, half of which were deleted. */
async function filled(directory: string, networks = 400): Promise<void> {
  const store = openLmdbStore({ directory, clock: systemClock, catalogue });
  const signal = new AbortController().signal;
  await migrate({ store, catalogue, clock: systemClock, logger: new RecordingLogger(), signal });
  const name = (number: number) => `network-${String(number).padStart(6, '0')}`;
  await store.transact(async (tx) => {
    for (let number = 0; number < networks; number += 1) {
      tx.put(networkRecords, name(number), {
        name: name(number),
        type: 'flannel_etcd',
        options: { filler: 'x'.repeat(300) },
      });
    }
  });
  await store.transact(async (tx) => {
    for (let number = 0; number < networks; number += 2) tx.delete(networkRecords, name(number));
  });
  await store.close();
}

test('a whole store has no findings; compacting it keeps every row and makes it smaller', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await filled(dataDir, 3000);
  expect(await checkStore(dataDir)).toMatchObject({ count: 0, findings: [], unchecked: [] });
  const before = await measureIn(dataDir);
  expect(before.free_bytes).toBeGreaterThan(0);
  expect(before.collections).toContainEqual(expect.objectContaining({ name: 'networks', records: 1500 }));
  const compacted = await compactIn(dataDir);
  expect(compacted.after).toBeLessThan(compacted.before);
  expect(statSync(dataFileOf(dataDir)).size).toBe(compacted.after);
  const after = await measureIn(dataDir);
  expect(after.collections.map(({ name, records }) => [name, records]).sort()).toEqual(
    before.collections.map(({ name, records }) => [name, records]).sort(),
  );
  expect(await checkStore(dataDir)).toMatchObject({ count: 0 });
});

test('while a server has the store open it is measured, and neither checked nor compacted', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await filled(dataDir);
  const store = openLmdbStore({ directory: dataDir, clock: systemClock, catalogue });
  try {
    for (const refused of [checkStore, compactIn]) {
      await expect(refused(dataDir)).rejects.toMatchObject({ code: 'data_directory_in_use' });
    }
  } finally {
    await store.close();
  }
});

test('each thing that is wrong is a finding with its remedy', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await filled(dataDir);
  const store = openLmdbStore({ directory: dataDir, clock: systemClock, catalogue });
  await store.transact(async (tx) => {
    tx.put(membershipRecords, '192.0.2.1', { cluster: 'gone' });
    // What the schema of hosts does not allow.
    tx.put<unknown>(hostRecords, '192.0.2.2', { address: 7 });
  });
  await store.close();
  await writeRaw(dataDir, 'networks', 'network-000001', (bytes) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(changed.length - 3) ^ 1, changed.length - 3);
    return changed;
  });
  const { findings, count } = await checkStore(dataDir);
  expect(findings.every(({ remedy }) => remedy !== '')).toBe(true);
  expect(new Set(findings.map(({ kind, collection, key }) => `${kind} ${collection} ${key}`))).toEqual(
    new Set(['value networks network-000001', 'schema hosts 192.0.2.2', 'reference memberships 192.0.2.1']),
  );
  expect(count).toBe(findings.length);
});

test('a store whose structure is damaged is not opened', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await filled(dataDir);
  const file = openSync(dataFileOf(dataDir), 'r+');
  writeSync(file, Buffer.alloc(64, 0xff), 0, 64, 5 * 4096);
  closeSync(file);
  const bytes = readFileSync(dataFileOf(dataDir));
  expect(await checkStore(dataDir)).toMatchObject({ count: 1, findings: [{ kind: 'structure' }] });
  await expect(compactIn(dataDir)).rejects.toMatchObject({ code: 'store_unusable' });
  expect(readFileSync(dataFileOf(dataDir)).equals(bytes)).toBe(true);
});
