import { mkdirSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../lib/errors.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { systemReason } from '../lib/system-reason.ts';
import { UsageError } from './usage-error.ts';

/**
 * Writes a file that only its owner can read, atomically: a reader finds the old text or the new one. Where the path is a
 * symbolic link, the file behind it is replaced. An existing file keeps its owner.
 *
 * @throws UsageError, also when there is no such directory
 */
export async function replacePrivateFile(path: string, text: string | Uint8Array): Promise<void> {
  try {
    replace(await fileBehind(path), text);
  } catch (cause) {
    throw new UsageError(`cannot write ${path}: ${systemReason(cause)}`, { cause });
  }
}

/** The same for a file of commctl itself, whose directory is made when it is missing. @throws UsageError */
export async function replaceOwnFile(path: string, text: string): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new UsageError(`cannot write ${path}: ${systemReason(cause)}`, { cause });
  }
  await replacePrivateFile(path, text);
}

function replace(path: string, text: string | Uint8Array): void {
  // Root may change the file of another user, who must be able to read it afterwards.
  const owner = process.getuid?.() === 0 ? ({ keeps: 'owner' } as const) : {};
  replaceFile(path, text, { beside: `${path}.${crypto.randomUUID()}`, ...owner });
}

async function fileBehind(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path;
    throw error;
  }
}
