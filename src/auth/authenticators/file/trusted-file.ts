import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A file whose code may run as the server: nobody but root and the user of the server can have written it.
 *
 * @throws Error with the reason when it is none
 */
export function trustedFile(path: string): { readonly url: string } {
  const real = realpathSync(path);
  for (const directory of new Set([...directoriesAbove(path), ...directoriesAbove(real)])) refuseForeign(directory);
  const { mtimeNs } = refuseForeign(real);
  // What was imported once stays in memory under its name: a changed file has another.
  return { url: `${real}?${mtimeNs}` };
}

/** Whoever may write to any of them can put another directory in the place of the next. */
function directoriesAbove(path: string): string[] {
  const directory = dirname(path);
  return directory === path ? [] : [directory, ...directoriesAbove(directory)];
}

const writableByOthers = 0o022n;
/** In a directory with this bit nobody can replace the files of others (inode(7)). */
const sticky = 0o1000n;

function refuseForeign(path: string) {
  const found = statSync(path, { bigint: true });
  const { uid, mode } = found;
  const own = process.getuid?.() ?? 0;
  if (uid !== 0n && uid !== BigInt(own)) throw new Error(`${path} belongs to another user (${uid})`);
  if ((mode & writableByOthers) !== 0n && !(found.isDirectory() && (mode & sticky) !== 0n)) {
    throw new Error(`others may write to ${path}; run: chmod go-w ${path}`);
  }
  return found;
}
