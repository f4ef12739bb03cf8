import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { constants, copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { syncFile } from '../lib/sync-file.ts';
import { diskOf, hasRoomFor } from './disk-space.ts';
import { dataFileOf } from './store-file.ts';

export interface SnapshotOptions {
  /** The data directory, locked; nothing writes to the store meanwhile. */
  directory: string;
  /** The name of a directory, such as `before-1.2.0-2026-11-30T05-40-00`. */
  name: string;
}

/** The directory of a snapshot that is not complete. */
const unfinished = 'unfinished';

/**
 * Copies the file of the store and the master key into `snapshots/NAME` of the data directory, readable only by the
 * user of the server, and removes the earlier snapshots. The copies share blocks with the originals on a file system
 * that can do so.
 *
 * @returns its path, once it is on disk
 * @throws AppError `store_full` when the disk has no space for it, `store_unusable` when it cannot be written
 */
export async function makeSnapshot({ directory, name }: SnapshotOptions): Promise<string> {
  const snapshots = join(directory, 'snapshots');
  const half = join(snapshots, unfinished);
  const whole = join(snapshots, name);
  const files = [
    { from: dataFileOf(directory), to: join(half, 'store', 'data.mdb') },
    { from: join(directory, 'master.key'), to: join(half, 'master.key') },
  ];
  checkRoom(directory, files);
  try {
    rmSync(half, { recursive: true, force: true });
    mkdirSync(join(half, 'store'), { recursive: true, mode: 0o700 });
    for (const { from, to } of files) {
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      chmodSync(to, 0o600);
      syncFile(to);
    }
    for (const path of [join(half, 'store'), half]) syncFile(path);
    // An interrupted start in the same second may have left one.
    rmSync(whole, { recursive: true, force: true });
    renameSync(half, whole);
    syncFile(snapshots);
    syncFile(dirname(snapshots));
    for (const each of readdirSync(snapshots)) {
      if (each !== name) rmSync(join(snapshots, each), { recursive: true, force: true });
    }
    return whole;
  } catch (cause) {
    rmSync(half, { recursive: true, force: true });
    throw new AppError(
      'store_unusable',
      `a snapshot of the store cannot be made in ${snapshots}: ${systemErrorCode(cause) ?? describeError(cause)}`,
      { hint: `see that the user of the server may write there; ${without}`, cause },
    );
  }
}

const without =
  'or make a backup of the directory store and the file master.key elsewhere, and start once with `commissaire serve ' +
  '--upgrade-without-snapshot`';

function checkRoom(directory: string, files: readonly { from: string }[]): void {
  const size = files.reduce((sum, { from }) => sum + statSync(from).size, 0);
  const disk = diskOf(directory);
  if (hasRoomFor('change', { ...disk, free: disk.free - size })) return;
  const [needed, free] = [size, disk.free].map((bytes) => `${Math.ceil(bytes / 1024 ** 2)} MiB`);
  const message = `there is no room for a snapshot of the store before it is upgraded: it takes ${needed}, and ${free} are free`;
  throw new AppError('store_full', message, {
    hint: `free space on the file system of the data directory, then start the server again; ${without}`,
  });
}
