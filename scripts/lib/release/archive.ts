import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, gzipSync } from 'node:zlib';
import { epochOf } from './moment.ts';
import { ran } from './ran.ts';

/** What goes into an archive. */
export interface Archived {
  /** The folder that holds `entries`. */
  readonly directory: string;
  readonly entries: readonly string[];
  readonly moment: Date;
}

/** Writes a tar whose bytes depend on names, modes and contents only. */
export async function writeTar(path: string, { directory, entries, moment }: Archived): Promise<void> {
  const owner = ['--owner=0', '--group=0', '--numeric-owner'];
  const form = ['--format=ustar', '--sort=name', `--mtime=@${epochOf(moment)}`, '--mode=u+rwX,go+rX,go-w'];
  await ran('tar', [...form, ...owner, '-cf', path, '-C', directory, '--', ...entries]);
}

/** The same, as `.tar.gz`. */
export async function writeTarGz(path: string, archived: Archived): Promise<void> {
  const plain = `${path}.unfinished`;
  await writeTar(plain, archived);
  writeFileSync(path, gzipped(readFileSync(plain)));
  rmSync(plain);
}

/** Without a name and a time: Bun's zlib writes neither. */
export function gzipped(bytes: Buffer): Buffer {
  return gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
}
