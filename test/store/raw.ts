import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { withoutChecksum } from '../../src/store/checksums.ts';

/** Writes other bytes in the place of a value, past everything that would look at them. The store may be open in this process. */
export async function writeRaw(
  directory: string,
  table: string,
  key: string,
  change: (bytes: Buffer) => Buffer,
): Promise<void> {
  const root = open<unknown, string>({ path: join(directory, 'store'), maxDbs: 64, overlappingSync: false });
  const raw = rawTable(root, table);
  const stored = raw.getEntry(key);
  if (stored === undefined) throw new Error(`there is no ${key} in ${table}`);
  await raw.put(key, change(Buffer.from(stored.value)), stored.version ?? 0);
  await root.close();
}

type RawTable = Database<Buffer, string>;

/** Changes a store, which nobody has open, past everything that would look at it. */
export async function changeRaw(directory: string, change: (table: (name: string) => RawTable) => void): Promise<void> {
  const root = open<unknown, string>({ path: join(directory, 'store'), maxDbs: 64, overlappingSync: false });
  const table = (name: string): RawTable => rawTable(root, name);
  await root.childTransaction(() => change(table));
  await root.close();
}

/** Makes of a store, which nobody has open, one as the builds before checksums left it. */
export async function takeChecksums(directory: string): Promise<void> {
  const root = open<unknown, string>({ path: join(directory, 'store'), maxDbs: 64, overlappingSync: false });
  const names = Array.from(root.getKeys(), String);
  const tables = names.map((name) => rawTable(root, name));
  await root.childTransaction(() => {
    for (const table of tables) {
      const rows = Array.from(table.getRange({ versions: true }));
      for (const { key, value, version = 0 } of rows) table.putSync(key, withoutChecksum(value), version);
    }
    const meta = rawTable(root, 'meta');
    meta.removeSync('form');
    meta.putSync('schema', Buffer.from('1'));
  });
  await root.close();
}

function rawTable(root: RootDatabase<unknown, string>, name: string): RawTable {
  return root.openDB<Buffer, string>({ name, encoding: 'binary', useVersions: name !== 'meta' && name !== 'events' });
}

/** The names of the tables that are in a store. */
export async function tableNames(directory: string): Promise<string[]> {
  const root = open({ path: join(directory, 'store'), readOnly: true });
  const names = Array.from(root.getKeys(), String);
  await root.close();
  return names;
}
