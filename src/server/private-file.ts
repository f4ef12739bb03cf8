import { closeSync, existsSync, fsyncSync, openSync, unlinkSync, writeFileSync } from 'node:fs';

/**
 * Replaces an existing file rather than overwriting it, so that it has the given mode. Returns once the file is on
 * disk. For a file of unfinished work, which is made anew after an interruption; any other is for `lib/replace-file`.
 */
export function writeNewFile(path: string, text: string, mode = 0o600): void {
  if (existsSync(path)) unlinkSync(path);
  const file = openSync(path, 'wx', mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
