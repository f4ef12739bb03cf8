import { closeSync, existsSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';

/** One of before is made anew rather than written over, so that its mode is the one given. It is on disk when this is done. */
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

/** The same in one step: whoever reads it meanwhile finds the old text or the new one. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.new`;
  writeNewFile(beside, text);
  renameSync(beside, path);
}
