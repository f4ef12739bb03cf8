import { join } from 'node:path';
import { open } from 'lmdb';

/** Writes other bytes in the place of a value, past everything that would look at them. The store may be open in this process. */
export async function writeRaw(
  directory: string,
  table: string,
  key: string,
  change: (bytes: Buffer) => Buffer,
): Promise<void> {
  const root = open({ path: join(directory, 'store'), maxDbs: 64, overlappingSync: false });
  const useVersions = table !== 'meta' && table !== 'events';
  const raw = root.openDB<Uint8Array, string>({ name: table, encoding: 'binary', useVersions });
  const stored = raw.getEntry(key);
  if (stored === undefined) throw new Error(`there is no ${key} in ${table}`);
  await raw.put(key, change(Buffer.from(stored.value)), stored.version ?? 0);
  await root.close();
}

/** The names of the tables that are in a store. */
export async function tableNames(directory: string): Promise<string[]> {
  const root = open({ path: join(directory, 'store'), readOnly: true });
  const names = Array.from(root.getKeys(), String);
  await root.close();
  return names;
}
