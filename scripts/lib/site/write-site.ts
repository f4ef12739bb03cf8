import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packOf } from '../../../src/api/manual/pack.ts';
import { version } from '../../../src/lib/version.ts';
import { buildSite } from './build-site.ts';

/** What `writeSite` made. */
export interface WrittenSite {
  /** A directory to open in a browser: `index.html` in it is the first page. */
  readonly directory: string;
  /** The file that the server answers from. */
  readonly pack: string;
  readonly packBytes: number;
}

/** Makes the manual of the repository at `root`: `dist/manual/` to open from disk, and `dist/manual.pack` to embed. */
export function writeSite(root: string): WrittenSite {
  const files = buildSite(root, version);
  const directory = join(root, 'dist/manual');
  // Made beside and renamed: a server or a test may read the one of before.
  const made = join(root, `dist/manual-${process.pid}.tmp`);
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(made, name), text);
  rmSync(directory, { recursive: true, force: true });
  renameSync(made, directory);
  const pack = join(root, 'dist/manual.pack');
  const packed = packOf(files);
  writeFileSync(`${pack}.${process.pid}.tmp`, packed);
  renameSync(`${pack}.${process.pid}.tmp`, pack);
  return { directory, pack, packBytes: packed.length };
}

if (import.meta.main) {
  const { directory, pack, packBytes } = writeSite(dirname(dirname(dirname(import.meta.dirname))));
  console.log(`wrote ${directory} and ${pack} (${packBytes.toLocaleString('en')} bytes)`);
}
