import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../lib/errors.ts';
import { systemReason } from '../lib/system-reason.ts';
import { UsageError } from './usage-error.ts';

/**
 * Writes a file that only its owner can read, atomically: a reader finds the old text or the new one. Where the path is a
 * symbolic link, the file behind it is replaced. An existing file keeps its owner.
 *
 * @throws UsageError
 */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  try {
    await replace(await fileBehind(path), text);
  } catch (cause) {
    throw new UsageError(`cannot write ${path}: ${systemReason(cause)}`, { cause });
  }
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${crypto.randomUUID()}`;
  try {
    await using file = await open(unfinished, 'wx', 0o600);
    await keepOwner(path, file);
    await file.writeFile(text);
    await file.sync();
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function fileBehind(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path;
    throw error;
  }
}

/** Root may change the file of another user, who must be able to read it afterwards. */
async function keepOwner(path: string, file: FileHandle): Promise<void> {
  if (process.getuid?.() !== 0) return;
  try {
    const { uid, gid } = await stat(path);
    await file.chown(uid, gid);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}
