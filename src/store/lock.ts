import { Database } from 'bun:sqlite';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../lib/errors.ts';

/**
 * Takes the data directory for this process alone. The lock is the kernel's lock on a file, held through SQLite, the
 * one thing in the runtime that takes one: it ends with the process however that ends, and it holds across containers
 * and namespaces, which a pid file or a socket does not.
 *
 * @throws AppError `data_directory_in_use` naming the process that holds it
 */
export function lockDataDirectory(directory: string): Disposable {
  const owner = join(directory, 'server.pid');
  const lock = new Database(join(directory, 'lock'), { create: true });
  try {
    lock.run('PRAGMA locking_mode = EXCLUSIVE');
    lock.run('PRAGMA busy_timeout = 0');
    lock.run('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new AppError('data_directory_in_use', `the data directory ${directory} is in use by ${ownerName(owner)}`, {
      hint: 'stop that server first, or give this one another --data-dir',
      cause,
    });
  }
  writeFileSync(owner, `${process.pid}\n`);
  return {
    [Symbol.dispose]() {
      // Before the lock is given up. What is read there is sent signals, and the number may soon be another process's.
      rmSync(owner, { force: true });
      lock.close();
    },
  };
}

function ownerName(path: string): string {
  try {
    return `the server with process id ${readFileSync(path, 'utf8').trim()}`;
  } catch {
    return 'another server';
  }
}
