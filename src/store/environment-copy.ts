import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { AppError, describeError } from '../lib/errors.ts';
import { syncFile } from '../lib/sync-file.ts';
import { hasNoSpace } from './disk-space.ts';
import { checkDataFileInUse, dataFileOf } from './store-file.ts';
import { rawValues } from './stored-values.ts';

/**
 * Writes a compact copy of an open environment to `store/data.mdb` in a directory. LMDB reads one snapshot of it in a
 * thread of its own, so other work goes on. Resolves when the copy is on disk.
 *
 * @throws AppError `store_full`, `store_unusable`; nothing is left then
 */
export async function copyEnvironment(
  root: Pick<RootDatabase<unknown, string>, 'backup'>,
  directory: string,
): Promise<void> {
  const file = dataFileOf(directory);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    await root.backup(dirname(file), true);
    chmodSync(file, 0o600);
    syncFile(file);
  } catch (cause) {
    const isFull = hasNoSpace(directory);
    rmSync(file, { force: true });
    throw new AppError(
      isFull ? 'store_full' : 'store_unusable',
      `the store cannot be copied to ${file}: ${describeError(cause)}`,
      { hint: isFull ? 'free space on that file system' : 'see that the user of the server may write there', cause },
    );
  }
}

/**
 * The same for the store of a data directory that this process has not opened. A server may be writing to it.
 *
 * @throws AppError `store_full`, `store_unusable`
 */
export async function copyStore(dataDirectory: string, directory: string): Promise<void> {
  const file = dataFileOf(dataDirectory);
  checkDataFileInUse(file);
  const root = open({ path: dirname(file), readOnly: true, ...rawValues });
  try {
    await copyEnvironment(root, directory);
  } finally {
    await root.close();
  }
}
