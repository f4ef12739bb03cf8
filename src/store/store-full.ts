import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../lib/errors.ts';
import { diskOf, neededFor, type Purpose } from './disk-space.ts';

interface FullDisk {
  /** The data directory. */
  readonly directory: string;
  readonly purpose: Purpose;
  /** The value of the option `disk-floor`, if it is given. */
  readonly floor: number | undefined;
  readonly cause?: unknown;
}

/**
 * The error for a write that has no space: what is free, what is needed, and what may be removed. Thrown before LMDB is
 * used, where possible: after a failed commit LMDB cannot be closed, and it writes to standard error.
 */
export function storeFull({ directory, purpose, floor, cause }: FullDisk): AppError {
  const disk = diskOf(directory);
  const needed = neededFor(purpose, disk, floor);
  const message =
    `the change was not stored: the file system of the data directory ${directory} is full: ` +
    `${mebibytes(disk.free)} are free, and this needs ${mebibytes(needed)}`;
  return new AppError('store_full', message, {
    hint: `free ${mebibytes(Math.max(needed - disk.free, 0))} there, then try again, without a restart${removable(directory)}`,
    cause,
    details: { free_bytes: disk.free, needed_bytes: needed },
  });
}

/** The directories of ours that the server can do without. */
const copies: Readonly<Record<string, string>> = {
  snapshots: 'is only needed to go back to the version before the last upgrade',
  backups: 'has backups; move older ones elsewhere',
};

function removable(directory: string): string {
  const found = Object.entries(copies).flatMap(([name, what]) => {
    const path = join(directory, name);
    const bytes = bytesBelow(path);
    return bytes === 0 ? [] : [`${path} (${mebibytes(bytes)}) ${what}`];
  });
  return found.map((each) => `; ${each}`).join('');
}

/** The size of all files; 0 for what cannot be read. */
function bytesBelow(path: string): number {
  try {
    const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  } catch {
    return 0;
  }
}

function mebibytes(bytes: number): string {
  return `${(Math.ceil((bytes / 1024 ** 2) * 10) / 10).toFixed(1)} MiB`;
}
