import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { damageIn, newestTransactionIn, type Survey, surveyOf } from './file-check.ts';
import { Damage } from './page-file.ts';
import { restoreBackup } from './unreadable-record.ts';

/** Where LMDB keeps the entries of a store. */
export function dataFileOf(directory: string): string {
  return join(directory, 'store', 'data.mdb');
}

/**
 * Whether the file of a store exists and is not empty. @throws AppError `store_unusable` when it is no file, or cannot
 * be examined
 */
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
 * Checks a data file before LMDB opens it, because damage makes LMDB end the process. Call it with the data directory
 * locked.
 *
 * @throws AppError `store_unusable`
 */
export function checkDataFile(path: string): void {
  using file = openDataFile(path);
  const damage = damageIn(file.fd);
  if (damage !== undefined) throw damaged(path, damage);
}

/** Whether a data file is damaged, for a caller that can do without it. */
export function isDamaged(path: string): boolean {
  using file = openDataFile(path);
  return damageIn(file.fd) !== undefined;
}

/** How often a file in use is checked. A server that commits all the time leaves no time to check it whole. */
const looks = 5;

/**
 * The same for a file that a server may be writing to. Apparent damage during a commit may be a page that LMDB reuses.
 * If the server commits during every check, the file counts as sound: the server checked it at its start.
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
 * Creates the directory and the lock file that LMDB has beside the data file, where they do not exist. LMDB ends the
 * process when it cannot create them.
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

/** LMDB's lock file; a reader does without it where it cannot be opened. */
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

/** How often the pages of a file in use are counted: a commit may come in between. */
const counts = 20;

/** Measures a data file that a server may be writing to. @throws AppError `store_unusable` */
export function surveyDataFile(path: string): Survey {
  using file = openDataFile(path);
  for (let count = 1; ; count += 1) {
    const before = newestTransactionIn(file.fd);
    try {
      const survey = surveyOf(file.fd);
      if (newestTransactionIn(file.fd) === before || count >= counts) return survey;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      if (count >= counts) throw damaged(path, error.message);
    }
  }
}

/** The damage of a data file, after reading every page of it; undefined when there is none. */
export function damageOfWhole(path: string): string | undefined {
  using file = openDataFile(path);
  return damageIn(file.fd, Number.POSITIVE_INFINITY);
}
