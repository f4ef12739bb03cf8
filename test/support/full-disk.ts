import { statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Takes all of a file system but so many bytes, with what an earlier call took. Disposing of it frees the space. */
export function fillDisk(path: string, left: number): Disposable {
  const ballast = join(path, 'ballast');
  writeFileSync(ballast, '');
  const { bfree, bsize } = statfsSync(path);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bfree * bsize - left)));
  return { [Symbol.dispose]: () => unlinkSync(ballast) };
}
