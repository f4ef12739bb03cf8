import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { ran } from './ran.ts';

/** How much time compression may take: `best` takes minutes for a target, `quick` seconds. */
export type Effort = 'best' | 'quick';

/** Sizes in bytes. */
export interface Sizes {
  readonly plain: number;
  readonly zst: number;
  readonly xz: number;
  readonly gz: number;
}

/** Writes `TO.zst`, `TO.xz` and `TO.gz` of a file. */
export async function compress(file: string, to: string, effort: Effort): Promise<Sizes> {
  await Promise.all([zst(file, `${to}.zst`, effort), xz(file, `${to}.xz`, effort), gz(file, `${to}.gz`, effort)]);
  const [plain, zstSize, xzSize, gzSize] = [file, `${to}.zst`, `${to}.xz`, `${to}.gz`].map(
    (path) => statSync(path).size,
  );
  return { plain: plain ?? 0, zst: zstSize ?? 0, xz: xzSize ?? 0, gz: gzSize ?? 0 };
}

/** A window of 128 MiB is the largest that every zstd unpacks without being told to. */
const best = ['-19', '--long=27'];

/** In one thread, as xz: the bytes depend on the number of threads otherwise. */
async function zst(from: string, to: string, effort: Effort): Promise<void> {
  const level = effort === 'quick' ? ['-1'] : best;
  await ran('zstd', ['--quiet', '--single-thread', ...level, from, '-o', to]);
}

async function xz(from: string, to: string, effort: Effort): Promise<void> {
  const level = effort === 'quick' ? '-0' : '-9e';
  const child = Bun.spawn(['xz', '--stdout', '--threads=1', level, from], { stdout: Bun.file(to), stderr: 'inherit' });
  if ((await child.exited) !== 0) throw new Error(`xz could not compress ${from}`);
}

async function gz(from: string, to: string, effort: Effort): Promise<void> {
  const level = effort === 'quick' ? constants.Z_BEST_SPEED : constants.Z_BEST_COMPRESSION;
  await pipeline(createReadStream(from), createGzip({ level }), createWriteStream(to));
}

/** Says early what is missing. @throws Error that names the package */
export async function findCompressors(): Promise<void> {
  for (const program of ['zstd', 'xz']) await ran(program, ['--version']);
}
