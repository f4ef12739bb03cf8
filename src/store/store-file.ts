import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { damageIn, newestTransactionIn } from './file-check.ts';
import { restoreBackup } from './unreadable-record.ts';

/** Where LMDB keeps the entries of a store. */
export function dataFileOf(directory: string): string {
  return join(directory, 'store', 'data.mdb');
}

/** Whether there is such a file of a store, and something in it. @throws AppError `store_unusable` when it is no file, or cannot be looked at */
export function fileState(path: string): 'missing' | 'empty' | 'filled' {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'missing';
    if (!found.isFile()) throw unreadable(path, 'it is not a file');
    return found.size === 0 ? 'empty' : 'filled';
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOTDIR') throw unreadable(path, 'what it is in is no directory', cause);
    throw cause instanceof AppError ? cause : unreadable(path, systemErrorCode(cause) ?? describeError(cause), cause);
  }
}

/**
 * Looks at a data file before LMDB does, which a damaged one makes end the process. To be called with the data directory locked.
 *
 * @throws AppError `store_unusable`
 */
export function checkDataFile(path: string): void {
  using file = openDataFile(path);
  const damage = damageIn(file.fd);
  if (damage !== undefined) throw damaged(path, damage);
}

/** Whether a data file is damaged, for one of which nothing is needed. */
export function isDamaged(path: string): boolean {
  using file = openDataFile(path);
  return damageIn(file.fd) !== undefined;
}

/** A server that commits without a pause leaves no time to check all of its file. */
const looks = 5;

/**
 * The same for a file that a server may be writing to. What looks wrong while it commits may be a page that it uses again. A
 * server that keeps committing has looked at the file itself, at its start.
 *
 * @throws AppError `store_unusable`
 */
export function checkDataFileInUse(path: string): void {
  using file = openDataFile(path);
  for (let look = 0; look < looks; look += 1) {
    const before = newestTransactionIn(file.fd);
    const damage = damageIn(file.fd);
    if (damage === undefined) return;
    if (newestTransactionIn(file.fd) === before) throw damaged(path, damage);
  }
}

/**
 * Makes the directory and the file for locks that LMDB has beside the data file, where they are not there. When LMDB itself
 * cannot, it ends the whole process.
 *
 * @throws AppError `store_unusable`
 */
export function makeLockFile(directory: string): void {
  const path = lockFileOf(directory);
  fileState(path);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a+', 0o600));
  } catch (cause) {
    throw unreadable(path, systemErrorCode(cause) ?? describeError(cause), cause);
  }
}

/** LMDB's file for locks; who only reads does without it where it cannot be opened. */
export function lockFileOf(directory: string): string {
  return join(directory, 'store', 'lock.mdb');
}

function openDataFile(path: string): Disposable & { fd: number } {
  try {
    const fd = openSync(path, 'r');
    return { fd, [Symbol.dispose]: () => closeSync(fd) };
  } catch (cause) {
    throw unreadable(path, systemErrorCode(cause) ?? describeError(cause), cause);
  }
}

function damaged(path: string, damage: string): AppError {
  return new AppError('store_unusable', `the store file ${path} is damaged: ${damage}`, { hint: restoreBackup });
}

function unreadable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('store_unusable', `the store file ${path} cannot be read: ${reason}`, {
    hint: 'see that it is a file that the user of the server may read and write; otherwise restore a backup of the data directory',
    cause,
  });
}
