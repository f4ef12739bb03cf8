import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { syncFile } from '../lib/sync-file.ts';
import { hasNoSpace } from './disk-space.ts';
import { checkDataFile, dataFileOf, fileState, isDamaged } from './store-file.ts';

export interface Beginning {
  /** Whether the store is new: the caller creates it, and may create the master key. */
  readonly isNew: boolean;
  /** Call it once store and master key exist, before anything else is written. Returns when that is on disk. */
  done(): void;
}

export interface BeginningOptions {
  directory: string;
  /** Whether a store may be created beside an existing master key. */
  newStore: boolean;
}

/**
 * Looks into a locked data directory. A master key without a data file, or an empty data file, means that a store was
 * lost; it is not replaced silently. A file `store.incomplete` is there until store and master key both are, so that an
 * interrupted first start does not look like a lost store.
 *
 * @throws AppError `store_unusable` when the store was lost or is damaged, `invalid_configuration` when there is one
 *   and a new one is asked for
 */
export function beginStore({ directory, newStore }: BeginningOptions): Beginning {
  const dataFile = dataFileOf(directory);
  const marker = join(directory, 'store.incomplete');
  const state = fileState(dataFile);
  if (state !== 'filled' && hasNoSpace(directory)) throw noSpace(directory);
  if (existsSync(marker)) {
    // The store has acknowledged nothing yet, so a damaged data file can be removed.
    if (state === 'filled' && isDamaged(dataFile)) rmSync(dataFile);
    return { isNew: true, done: () => removeDurably(marker, directory) };
  }
  if (state === 'filled') {
    if (newStore) throw notNew(directory);
    checkDataFile(dataFile);
    return { isNew: false, done() {} };
  }
  const hasKey = existsSync(join(directory, 'master.key'));
  if (!newStore && (hasKey || state === 'empty')) throw lost(directory, state, hasKey);
  writeDurably(marker, directory);
  return { isNew: true, done: () => removeDurably(marker, directory) };
}

function lost(directory: string, state: 'missing' | 'empty', hasKey: boolean): AppError {
  const what =
    state === 'empty'
      ? `the store file ${dataFileOf(directory)} is empty`
      : `there is no store in the data directory ${directory}`;
  const message = hasKey ? `${what}, and the master key of one is there` : what;
  return new AppError('store_unusable', message, {
    hint:
      `restore a backup with \`commissaire restore FILE --data-dir ${directory}\`; ` +
      'or start the server once with --new-store, to begin with nothing',
  });
}

/** When LMDB has no space for a first page, it ends the whole process. */
function noSpace(directory: string): AppError {
  return new AppError('store_full', `there is no space for a store in the data directory ${directory}`, {
    hint: 'free space on that file system, then start the server again',
  });
}

function notNew(directory: string): AppError {
  return new AppError('invalid_configuration', `--new-store was given, and there is a store in ${directory}`, {
    hint: 'start without --new-store to go on with it; or move its directory store away to begin with nothing',
  });
}

function writeDurably(path: string, directory: string): void {
  durably(directory, () => {
    const file = openSync(path, 'w', 0o600);
    try {
      writeSync(file, 'A first start is under way, or was cut short. The next one goes on with it.\n');
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  });
}

function removeDurably(path: string, directory: string): void {
  durably(directory, () => rmSync(path, { force: true }));
}

function durably(directory: string, change: () => void): void {
  try {
    change();
    syncFile(directory);
  } catch (cause) {
    const reason = systemErrorCode(cause) ?? describeError(cause);
    throw new AppError('store_unusable', `cannot make a store in the data directory ${directory}: ${reason}`, {
      hint: 'see that the disk is not full, and that the server may write to its data directory',
      cause,
    });
  }
}
