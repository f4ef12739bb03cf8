import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { configurationFileName } from '../../config/discovery.ts';
import { timestamp } from '../../lib/clock.ts';
import { AppError, systemErrorCode } from '../../lib/errors.ts';
import { syncFile } from '../../lib/sync-file.ts';
import { systemReason } from '../../lib/system-reason.ts';
import type { Catalogue } from '../../store/catalogue.ts';
import { finishRestore, lockDataDirectory } from '../../store/lock.ts';
import { checkDataFile, dataFileOf } from '../../store/store-file.ts';
import { checkMovable, preparedDirectoryOf, switchTo } from './data-switch.ts';
import { type Manifest, outsidePath } from './file/manifest.ts';
import { type ReadBackup, readBackup, verifying } from './file/read.ts';
import { restoredName } from './installation.ts';
import { checkKnown } from './known.ts';
import { movedPaths } from './moved-paths.ts';
import type { Restored } from './restored.ts';
import { checkRoomFor, placeOf, unpackPart } from './unpack.ts';

export interface RestorePlace {
  /** The data directory to replace, absolute; it may not exist. */
  readonly dataDir: string;
  readonly now: Date;
}

export interface RestoreOptions extends RestorePlace {
  readonly source: AsyncIterable<Uint8Array>;
  readonly passphrase?: string | undefined;
  readonly catalogue: Catalogue;
}

/** What was restored. */
export interface RestoreOutcome {
  readonly backup: ReadBackup;
  /** Where the old data directory is; undefined when there was none. */
  readonly kept: string | undefined;
  /** Whether paths in the configuration file were changed to the new data directory. */
  readonly movedPaths: boolean;
  readonly outside: readonly OutsideFile[];
}

/** A file from outside the data directory. It is not put back by itself: another machine may have its own. */
export interface OutsideFile {
  readonly path: string;
  /** Where its copy is. */
  readonly copy: string;
  readonly state: 'missing' | 'same' | 'differs';
}

/**
 * Verifies every byte of a backup, and then replaces the data directory by what is in it. When anything fails, the data
 * directory is as it was.
 *
 * @throws AppError `data_directory_in_use` while a server runs; `backup_newer`, `store_full`, `store_unusable`, and what
 *   `readBackup` throws
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreOutcome> {
  const { source, passphrase, catalogue, dataDir, now } = options;
  return await replacing(options, async (prepared) => {
    const backup = await readBackup(source, passphrase, {
      begin(manifest) {
        checkKnown(manifest, catalogue);
        checkRoomFor(manifest, dirname(dataDir));
      },
      part: (part, content) => unpackPart(part, content, prepared),
    });
    checkDataFile(dataFileOf(prepared));
    const { manifest, header } = backup;
    const moved = moveConfiguration(prepared, manifest.data_dir, dataDir);
    writeMarker(prepared, { created_at: manifest.created_at, from: `a backup of ${header.host}` }, now);
    return (kept) => ({ backup, kept, movedPaths: moved, outside: outsideOf(manifest, dataDir) });
  });
}

/** Verifies the same and changes nothing. @throws as `restoreBackup` */
export async function tryRestore({ source, passphrase, catalogue, dataDir }: RestoreOptions): Promise<ReadBackup> {
  checkTarget(dataDir);
  using _lock = existsSync(join(dataDir, 'lock')) ? lockDataDirectory(dataDir) : undefined;
  return await readBackup(source, passphrase, {
    ...verifying,
    begin(manifest) {
      checkKnown(manifest, catalogue);
      checkRoomFor(manifest, nearest(dataDir));
    },
  });
}

/**
 * Puts the store and the master key of a snapshot, which an upgrade made, in the place of the present ones. Everything else in
 * the data directory stays.
 *
 * @returns where the old data directory is
 * @throws AppError `backup_not_found` naming the snapshots that there are; as `restoreBackup`
 */
export async function restoreSnapshot(name: string, place: RestorePlace): Promise<string | undefined> {
  const { dataDir, now } = place;
  const snapshot = join(dataDir, 'snapshots', name);
  if (name !== basename(name) || !existsSync(dataFileOf(snapshot))) throw noSnapshot(name, dataDir);
  checkDataFile(dataFileOf(snapshot));
  return await replacing(place, async (prepared) => {
    const stays = (from: string) => !replacedNames.has(relative(dataDir, from)) && isCopied(from);
    cpSync(dataDir, prepared, { recursive: true, filter: stays, verbatimSymlinks: true });
    mkdirSync(join(prepared, 'store'), { mode: 0o700 });
    cpSync(dataFileOf(snapshot), dataFileOf(prepared));
    cpSync(join(snapshot, 'master.key'), join(prepared, 'master.key'));
    for (const path of [dataFileOf(prepared), join(prepared, 'master.key')]) syncFile(path);
    writeMarker(prepared, { created_at: timestamp(now), from: `the snapshot ${name}` }, now);
    return (kept) => kept;
  });
}

/** What a data directory loses: its store, what belongs to a running server, and what is linked. */
const replacedNames = new Set([
  'store',
  'master.key',
  'lock',
  'lock-journal',
  'server.pid',
  'backups',
  'snapshots',
  'tmp',
]);
/** Kept in both directories, as links to the same files. */
const sharedNames = ['backups', 'snapshots'];

async function replacing<R>(
  { dataDir, now }: RestorePlace,
  prepare: (prepared: string) => Promise<(kept: string | undefined) => R>,
): Promise<R> {
  finishRestore(dataDir);
  checkTarget(dataDir);
  checkMovable(dataDir);
  using _lock = existsSync(dataDir) ? lockDataDirectory(dataDir) : undefined;
  const prepared = preparedDirectoryOf(dataDir);
  const remove = () => rmSync(prepared, { recursive: true, force: true });
  try {
    remove();
    mkdirSync(prepared, { recursive: true, mode: 0o700 });
    chmodSync(prepared, 0o700);
    const outcome = await prepare(prepared);
    for (const name of sharedNames) share(join(dataDir, name), join(prepared, name));
    syncFile(prepared);
    return outcome(switchTo(prepared, dataDir, now));
  } catch (cause) {
    remove();
    if (cause instanceof AppError || systemErrorCode(cause) === undefined) throw cause;
    throw new AppError('store_unusable', `${dataDir} cannot be restored: ${systemReason(cause)}`, {
      hint: `run this as root, or as a user who may write to ${dirname(dataDir)}; nothing was changed`,
      cause,
    });
  }
}

/** A socket belongs to a process that has ended. */
function isCopied(path: string): boolean {
  const found = lstatSync(path);
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}

/** A directory of something else is not moved aside. @throws AppError `store_unusable` */
function checkTarget(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  const names = readdirSync(dataDir);
  const known = ['store', 'master.key', 'lock', configurationFileName, 'users.json'];
  if (names.length === 0 || known.some((name) => names.includes(name))) return;
  throw new AppError('store_unusable', `${dataDir} is no data directory: it has other files`, {
    hint: 'name a data directory, or one that is empty or does not exist, with --data-dir',
  });
}

function share(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const each of readdirSync(from, { withFileTypes: true })) {
    const [source, copy] = [join(from, each.name), join(to, each.name)];
    if (each.isDirectory()) share(source, copy);
    else if (each.isFile() && !existsSync(copy)) linkSync(source, copy);
  }
}

function moveConfiguration(prepared: string, from: string, to: string): boolean {
  const path = join(prepared, configurationFileName);
  if (from === to || !existsSync(path)) return false;
  const text = readFileSync(path, 'utf8');
  const moved = movedPaths(text, from, to);
  if (moved === undefined) return false;
  writeFileSync(path, moved, { mode: 0o600 });
  syncFile(path);
  return true;
}

function writeMarker(prepared: string, from: Omit<Restored, 'restored_at'>, now: Date): void {
  const marker: Restored = { restored_at: timestamp(now), ...from };
  const path = join(prepared, restoredName);
  writeFileSync(path, `${JSON.stringify(marker, null, 2)}\n`, { mode: 0o600 });
  syncFile(path);
}

function outsideOf({ parts }: Manifest, dataDir: string): OutsideFile[] {
  return parts
    .filter(({ kind }) => kind === 'outside')
    .map((part) => {
      const [path, copy] = [outsidePath(part), join(dataDir, placeOf(part))];
      return { path, copy, state: stateOf(path, copy) };
    });
}

function stateOf(path: string, copy: string): OutsideFile['state'] {
  try {
    return readFileSync(path).equals(readFileSync(copy)) ? 'same' : 'differs';
  } catch {
    return 'missing';
  }
}

function noSnapshot(name: string, dataDir: string): AppError {
  const directory = join(dataDir, 'snapshots');
  const names = existsSync(directory) ? readdirSync(directory).filter((each) => each !== 'unfinished') : [];
  return new AppError('backup_not_found', `there is no snapshot ${name} in ${directory}`, {
    hint: names.length === 0 ? 'an upgrade makes one when it changes the store' : `there is: ${names.join(', ')}`,
  });
}

/** The nearest directory that exists. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}
