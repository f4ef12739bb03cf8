import { Database, SQLiteError } from 'bun:sqlite';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { syncFile } from '../lib/sync-file.ts';

/** Where a restored data directory is for the moment in which the old one is moved away. */
export function restoredDirectoryOf(directory: string): string {
  return `${directory}.restored`;
}

/** Completes a restore that was killed between moving the old data directory away and putting the new one in its place. */
export function finishRestore(directory: string): void {
  const ready = restoredDirectoryOf(directory);
  if (existsSync(directory) || !existsSync(ready)) return;
  renameSync(ready, directory);
  syncFile(dirname(directory));
}

/** Creates the data directory with mode 0700 when it does not exist. @throws AppError `store_unusable` */
export function makeDataDirectory(directory: string): void {
  try {
    finishRestore(directory);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AppError('store_unusable', `cannot make the data directory ${directory}: ${reasonOf(cause)}`, {
      hint: 'name a directory that the user of the server may write to with --data-dir',
      cause,
    });
  }
}

/**
 * Locks the data directory for this process alone. The lock is the kernel's lock on a file, taken through SQLite, the
 * only part of the runtime that can take one. It ends with the process however the process ends, and it works across
 * containers and namespaces, which a pid file or a socket does not.
 *
 * @throws AppError `data_directory_in_use` naming the process that holds it, `store_unusable` when nothing can lock the
 *   directory
 */
export function lockDataDirectory(directory: string): Disposable {
  const path = join(directory, 'lock');
  const owner = join(directory, 'server.pid');
  const lock = openLock(path);
  try {
    lock.run('PRAGMA locking_mode = EXCLUSIVE');
    lock.run('PRAGMA busy_timeout = 0');
    lock.run('BEGIN EXCLUSIVE');
    writeFileSync(owner, `${process.pid}\n`);
  } catch (cause) {
    lock.close();
    if (cause instanceof SQLiteError && cause.code === 'SQLITE_BUSY') throw inUse(directory, owner, cause);
    throw unusable(cause instanceof SQLiteError ? path : owner, cause);
  }
  return {
    [Symbol.dispose]() {
      // Before the lock is released: readers of this file send signals to the process, whose number may soon be
      // another's.
      rmSync(owner, { force: true });
      lock.close();
    },
  };
}

function openLock(path: string): Database {
  try {
    // SQLite waits for ever when it opens a pipe.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw unusable(path, 'it is not a file');
    return new Database(path, { create: true });
  } catch (cause) {
    throw cause instanceof AppError ? cause : unusable(path, cause);
  }
}

function inUse(directory: string, owner: string, cause: unknown): AppError {
  return new AppError('data_directory_in_use', `the data directory ${directory} is in use by ${ownerName(owner)}`, {
    hint: 'stop that server first, or give this one another --data-dir',
    cause,
  });
}

function unusable(path: string, cause: unknown): AppError {
  return new AppError('store_unusable', `the data directory cannot be locked with ${path}: ${reasonOf(cause)}`, {
    hint: `see that no server runs and that the user of the server may write there, and move ${path} away: a start makes it anew`,
    cause,
  });
}

function reasonOf(cause: unknown): string {
  return typeof cause === 'string' ? cause : (systemErrorCode(cause) ?? describeError(cause));
}

function ownerName(path: string): string {
  try {
    return `the server with process id ${readFileSync(path, 'utf8').trim()}`;
  } catch {
    return 'another server';
  }
}
