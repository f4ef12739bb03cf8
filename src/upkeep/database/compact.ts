import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, describeError, systemErrorCode } from '../../lib/errors.ts';
import { syncFile } from '../../lib/sync-file.ts';
import { diskOf, hasRoomFor } from '../../store/disk-space.ts';
import { copyStore } from '../../store/environment-copy.ts';
import { StoreScan } from '../../store/scan.ts';
import { damageOfWhole, dataFileOf } from '../../store/store-file.ts';
import { digestOf } from './digest.ts';

/** The file of the store, in bytes. */
export interface Compacted {
  readonly before: number;
  readonly after: number;
}

/** The copy until it takes the place of the store; an interrupted one is removed by the next. */
const unfinished = 'compact.unfinished';

/**
 * Replaces the file of a store by a copy without free pages, atomically, after comparing every row of the two. The caller has the
 * lock of the data directory.
 *
 * @throws AppError `store_unusable` when the store is damaged or the copy differs, `store_full`; the store is then as it was
 */
export async function compactStore(dataDir: string): Promise<Compacted> {
  const file = dataFileOf(dataDir);
  const damage = damageOfWhole(file);
  if (damage !== undefined) throw unusable(`the store file ${file} is damaged: ${damage}`);
  checkRoom(dataDir, file);
  const directory = join(dataDir, unfinished);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  remove();
  try {
    mkdirSync(directory, { mode: 0o700 });
    await copyStore(dataDir, directory);
    await compare(dataDir, directory);
    const [before, after] = [statSync(file).size, statSync(dataFileOf(directory)).size];
    renameSync(dataFileOf(directory), file);
    syncFile(dirname(file));
    return { before, after };
  } catch (cause) {
    if (cause instanceof AppError || systemErrorCode(cause) === undefined) throw cause;
    throw unusable(`the store in ${dataDir} cannot be compacted: ${describeError(cause)}`, cause);
  } finally {
    if (existsSync(directory)) remove();
  }
}

async function compare(dataDir: string, directory: string): Promise<void> {
  const damage = damageOfWhole(dataFileOf(directory));
  if (damage !== undefined) throw unusable(`the compacted copy is damaged: ${damage}`);
  const digests: string[] = [];
  for (const each of [dataDir, directory]) {
    await using scan = new StoreScan(each);
    digests.push(await digestOf(scan));
  }
  if (digests[0] !== digests[1]) throw unusable('the compacted copy does not have what the store has');
}

function checkRoom(dataDir: string, file: string): void {
  const size = statSync(file).size;
  const disk = diskOf(dataDir);
  if (hasRoomFor('change', { ...disk, free: disk.free - size })) return;
  const [needed, free] = [size, disk.free].map((bytes) => `${Math.ceil(bytes / 1024 ** 2)} MiB`);
  throw new AppError(
    'store_full',
    `there is no room to compact the store: a copy takes up to ${needed}, and ${free} are free`,
    {
      hint: 'free space on the file system of the data directory, then try again',
    },
  );
}

function unusable(message: string, cause?: unknown): AppError {
  return new AppError('store_unusable', message, {
    hint: 'nothing was changed; check the store with `commissaire db check`',
    cause,
  });
}
