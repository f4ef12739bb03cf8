import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Checks a file whose code runs as the server: only root and the user of the server can have written it.
 *
 * @throws Error with the reason when other users can write it
 */
export function trustedFile(path: string): { readonly url: string } {
  const real = realpathSync(path);
  for (const directory of new Set([...directoriesAbove(path), ...directoriesAbove(real)])) refuseForeign(directory);
  const { mtimeNs } = refuseForeign(real);
  // An imported file stays in memory under its name: a changed file must have another name.
  return { url: `${real}?${mtimeNs}` };
}

/** A user who may write to one of these directories can replace the next one. */
function directoriesAbove(path: string): string[] {
  const directory = dirname(path);
  return directory === path ? [] : [directory, ...directoriesAbove(directory)];
}

const writableByOthers = 0o022n;
/** In a directory with this bit, users cannot replace the files of others (inode(7)). */
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
