import { closeSync, existsSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';

/**
 * Replaces an existing file rather than overwriting it, so that it has the given mode. Returns once the file is on
 * disk.
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

/** The same, atomically: a reader finds the old text or the new one. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.new`;
  writeNewFile(beside, text);
  renameSync(beside, path);
}
