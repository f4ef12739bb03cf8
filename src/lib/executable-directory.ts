import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** A mounted file system. */
export interface Mount {
  point: string;
  noexec: boolean;
}

/** Undefined where the system does not report its mounts; then every directory counts as usable. */
export function readMounts(): Mount[] | undefined {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
    return lines.map((line) => {
      const [, , , , point = '', options = ''] = line.split(' ');
      return { point: unescapeMountPoint(point), noexec: options.split(',').includes('noexec') };
    });
  } catch {
    return undefined;
  }
}

/** proc(5): space, tab, newline and backslash appear as octal escapes. */
function unescapeMountPoint(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Whether a file can be written into a directory and executed from there, and no other user can replace it. */
export function isUsable(directory: string, mounts: Mount[] | undefined): boolean {
  if (!isSafe(directory)) return false;
  const path = resolve(directory);
  const holding = (mounts ?? []).filter(
    ({ point }) => path === point || path.startsWith(point === '/' ? '/' : `${point}/`),
  );
  // The longest mount point contains the directory; of several with the same path the last one counts.
  const top = holding.reduce<Mount | undefined>(
    (best, mount) => (best && best.point.length > mount.point.length ? best : mount),
    undefined,
  );
  return top?.noexec !== true;
}

/** Whether we can write to it, and no other user can replace a file between writing and loading it. */
function isSafe(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    const { mode } = statSync(directory);
    const sticky = (mode & 0o1000) !== 0;
    return sticky || (mode & 0o022) === 0;
  } catch {
    return false;
  }
}
