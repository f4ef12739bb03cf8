import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { constants, copyFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { timestamp } from '../../lib/clock.ts';
import { AppError, describeError, systemErrorCode } from '../../lib/errors.ts';
import { version } from '../../lib/version.ts';
import { diskOf, hasNoSpace, hasRoomFor } from '../../store/disk-space.ts';
import { isWrapped } from '../../store/passphrase.ts';
import { dataFileOf } from '../../store/store-file.ts';
import type { MasterKeyState } from './file/header.ts';
import type { Manifest, Part } from './file/manifest.ts';
import { filesOf, type Installation, type InstallationFile, type LeftOut, stagingName } from './installation.ts';

export interface StagingOptions {
  readonly installation: Installation;
  /** Writes a consistent copy of the store to `store/data.mdb` in a directory: see `KeyedStore.copyTo`. */
  readonly copyStore: (directory: string) => Promise<void>;
  /** What the copied store is: the form of its values, and the versions of its collections. */
  readonly describeStore: (directory: string) => Promise<Pick<Manifest, 'store_schema' | 'collections'>>;
  readonly withMasterKey: boolean;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Everything that goes into a backup, copied to one place where nothing changes it. Its disposal removes the copies. */
export interface Staged extends Disposable {
  readonly manifest: Manifest;
  pathOf(name: string): string;
}

/** The store and its key are copied again when the key changed meanwhile, so that the one opens the other. */
const attempts = 5;

/**
 * Copies the store, the master key and the files of an installation into `backup.unfinished` of its data directory. The caller
 * makes sure that there is only one at a time.
 *
 * @throws AppError `store_full`, `store_unusable`; the reason of the signal. Then nothing is left
 */
export async function stage(options: StagingOptions): Promise<Staged> {
  const { installation, signal } = options;
  const directory = join(installation.dataDir, stagingName);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  remove();
  try {
    checkRoom(installation.dataDir);
    mkdirSync(directory, { mode: 0o700 });
    const master_key = await copyStoreAndKey(options, directory);
    const { files, leftOut } = filesOf(installation);
    const copied = await copyFiles(files, directory, signal);
    const own: InstallationFile[] = [
      { path: '', name: 'store/data.mdb', kind: 'store' },
      ...(master_key === 'left_out' ? [] : [{ path: '', name: 'master.key', kind: 'master_key' } as const]),
    ];
    const described = await options.describeStore(directory);
    const parts: Part[] = [];
    for (const file of [...own, ...copied.files]) parts.push(await partOf(file, directory, signal));
    const manifest: Manifest = {
      version,
      created_at: timestamp(options.now),
      host: hostname(),
      data_dir: installation.dataDir,
      master_key,
      ...described,
      parts,
      left_out: [...leftOut, ...copied.leftOut],
    };
    return { manifest, pathOf: (name) => join(directory, name), [Symbol.dispose]: remove };
  } catch (cause) {
    remove();
    throw asFailure(cause, installation.dataDir);
  }
}

/** The size of the backup is that of the store at most, and the copy of the store takes as much again. */
function checkRoom(dataDir: string): void {
  const size = statSync(dataFileOf(dataDir)).size;
  const disk = diskOf(dataDir);
  if (hasRoomFor('change', { ...disk, free: disk.free - size })) return;
  const [needed, free] = [size, disk.free].map((bytes) => `${Math.ceil(bytes / 1024 ** 2)} MiB`);
  throw new AppError(
    'store_full',
    `there is no room for a backup: a copy of the store takes ${needed}, and ${free} are free`,
    {
      hint: 'free space on the file system of the data directory, then try again',
    },
  );
}

/** A rotation of the master key may go on meanwhile. */
async function copyStoreAndKey({ installation, copyStore, withMasterKey, signal }: StagingOptions, directory: string) {
  const key = join(installation.dataDir, 'master.key');
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const before = readFileSync(key, 'utf8');
    await copyStore(directory);
    const state: MasterKeyState = isWrapped(before) ? 'wrapped' : 'plain';
    if (!withMasterKey) return 'left_out';
    await copyFile(key, join(directory, 'master.key'));
    chmodSync(join(directory, 'master.key'), 0o600);
    if (readFileSync(join(directory, 'master.key'), 'utf8') === before) return state;
    rmSync(dataFileOf(directory), { force: true });
    if (attempt === attempts) {
      throw new AppError('conflict', 'the master key changes all the time', { hint: 'try again after its rotation' });
    }
  }
}

async function copyFiles(files: readonly InstallationFile[], directory: string, signal: AbortSignal) {
  const [copied, leftOut]: [InstallationFile[], LeftOut[]] = [[], []];
  for (const file of files) {
    signal.throwIfAborted();
    const to = join(directory, file.name);
    try {
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
      await copyFile(file.path, to, constants.COPYFILE_FICLONE);
      copied.push(file);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOSPC') throw error;
      leftOut.push({ path: file.path, why: systemErrorCode(error) ?? describeError(error) });
    }
  }
  return { files: copied, leftOut };
}

async function partOf({ name, kind }: InstallationFile, directory: string, signal: AbortSignal): Promise<Part> {
  const path = join(directory, name);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    signal.throwIfAborted();
    hash.update(chunk);
    size += chunk.length;
  }
  const mode = (statSync(path).mode & 0o777).toString(8).padStart(3, '0');
  return { name, kind, size, sha256: hash.digest('hex'), mode };
}

function asFailure(cause: unknown, dataDir: string): unknown {
  if (systemErrorCode(cause) === undefined || cause instanceof AppError) return cause;
  const isFull = hasNoSpace(dataDir) || systemErrorCode(cause) === 'ENOSPC';
  return new AppError(isFull ? 'store_full' : 'store_unusable', `a backup cannot be made: ${describeError(cause)}`, {
    hint: isFull
      ? 'free space on the file system of the data directory'
      : 'see that this user may read the data directory',
    cause,
  });
}
