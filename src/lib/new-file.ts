import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, describeError, systemErrorCode } from './errors.ts';
import { syncFile } from './sync-file.ts';
import { systemReason } from './system-reason.ts';

/** The end of the name of a file that is not complete. */
export const unfinished = '.unfinished';

/**
 * Writes a file completely or not at all: to a temporary name beside it, with mode 0600, and renamed once it is on disk. A file
 * of that name is replaced. When it fails, nothing is left; after a kill only a file `….unfinished` is.
 *
 * @returns its size in bytes
 * @throws AppError `store_full`, `store_unusable`; what the stream throws
 */
export async function writeNewFile(path: string, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const beside = `${path}${unfinished}`;
  let size = 0;
  try {
    rmSync(beside, { force: true });
    closeSync(openSync(beside, 'wx', 0o600));
    const file = await open(beside, 'r+');
    try {
      for await (const chunk of bytes) {
        await writeWhole(file, chunk);
        size += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    renameSync(beside, path);
    syncFile(dirname(path));
    return size;
  } catch (cause) {
    rmSync(beside, { force: true });
    throw systemErrorCode(cause) === undefined ? cause : unwritable(path, cause);
  }
}

/** A write may take only a part of the bytes. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; ) from += (await file.write(bytes, from)).bytesWritten;
}

function unwritable(path: string, cause: unknown): AppError {
  const isFull = systemErrorCode(cause) === 'ENOSPC';
  const message = `the file ${path} cannot be written: ${systemReason(cause) || describeError(cause)}`;
  return new AppError(isFull ? 'store_full' : 'store_unusable', message, {
    hint: isFull ? 'free space on that file system, then try again' : 'name a place where this user may write',
    cause,
  });
}
