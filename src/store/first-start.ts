import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { hasNoSpace } from './disk-space.ts';
import { checkDataFile, dataFileOf, fileState, isDamaged } from './store-file.ts';

export interface Beginning {
  /** Whether nothing was ever kept in the store: it is to be made, and the master key may be. */
  readonly isNew: boolean;
  /** To be called when store and master key are there, before anything is kept. Resolves nothing: it is on disk then. */
  done(): void;
}

export interface BeginningOptions {
  directory: string;
  /** A store may be made beside a master key that is there. */
  newStore: boolean;
}

/**
 * Looks at what there is in a locked data directory. A master key or a data file without anything in it stands for a store that
 * was lost, and is not replaced in silence. So that a first start that was cut short is not taken for that, a file
 * `store.incomplete` stands beside the two until both are there.
 *
 * @throws AppError `store_unusable` when the store was lost or is damaged, `invalid_configuration` when there is one and a new
 *   one is asked for
 */
export function beginStore({ directory, newStore }: BeginningOptions): Beginning {
  const dataFile = dataFileOf(directory);
  const marker = join(directory, 'store.incomplete');
  const state = fileState(dataFile);
  if (state !== 'filled' && hasNoSpace(directory)) throw noSpace(directory);
  if (existsSync(marker)) {
    // Nothing was acknowledged from it: what it is the half of can go.
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
      `restore a backup: put its directory store and its file master.key into ${directory}, and start the server again; ` +
      'or start it once with --new-store, to begin with nothing',
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
    const opened = openSync(directory, 'r');
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  } catch (cause) {
    const reason = systemErrorCode(cause) ?? describeError(cause);
    throw new AppError('store_unusable', `cannot make a store in the data directory ${directory}: ${reason}`, {
      hint: 'see that the disk is not full, and that the server may write to its data directory',
      cause,
    });
  }
}
