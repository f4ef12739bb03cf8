import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { syncFile } from './sync-file.ts';

export interface ReplaceOptions {
  /** The mode of the file; by default only its owner may read it. */
  readonly mode?: number;
  /** What a file that is there already keeps: nothing by default. */
  readonly keeps?: 'owner' | 'owner and mode';
  /** The file beside it that takes its place; `PATH.new` by default. One that was left behind is removed. */
  readonly beside?: string;
  /** Whether a file beside it, which another process may be writing, is an error (`EEXIST`). */
  readonly isExclusive?: boolean;
}

/**
 * Writes a file anew, atomically: whatever interrupts it, a full disk, a crash or a power cut, the path has the old text
 * or the whole new one. Returns once the new one is on disk. When it throws, the old file is as it was, and the file
 * beside it is gone.
 *
 * @param text the new text, or what makes it while the file beside it exists
 * @throws the error of the system, and what `text` throws
 */
export function replaceFile(
  path: string,
  text: string | Uint8Array | (() => string),
  options: ReplaceOptions = {},
): void {
  const { mode = 0o600, beside = `${path}.new`, isExclusive = false } = options;
  if (!isExclusive) rmSync(beside, { force: true });
  const file = openSync(beside, 'wx', mode);
  try {
    const written = typeof text === 'function' ? text() : text;
    keep(path, file, options);
    writeFileSync(file, written);
    fsyncSync(file);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  syncFile(dirname(path));
}

/** Before anything is written, so that nobody else can read the text meanwhile. */
function keep(path: string, file: number, { keeps }: ReplaceOptions): void {
  const found = keeps === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  const { uid, gid, mode } = found;
  if (uid !== process.getuid?.() || gid !== process.getgid?.()) fchownSync(file, uid, gid);
  if (keeps === 'owner and mode') fchmodSync(file, mode & 0o7777);
}
