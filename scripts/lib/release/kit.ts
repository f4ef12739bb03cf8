import {
  chmodSync,
  createReadStream,
  createWriteStream,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeTar } from './archive.ts';
import { packagingText } from './package-tree.ts';
import { signSums } from './signatures/sign-sums.ts';
import type { SigningKey } from './signatures/signing-key.ts';
import { writeSumBeside, writeSums } from './sums.ts';

/** A kit to be made of a release. */
export interface KitOrder {
  /** The directory of the release. */
  readonly release: string;
  /** The directory that the kit goes into. */
  readonly out: string;
  readonly version: string;
  readonly moment: Date;
  readonly key: SigningKey | undefined;
  /** An empty directory on the file system of the release. */
  readonly work: string;
}

/**
 * Makes the air-gap kit: `commissaire-VERSION-kit.tar`, and the same as a script, `.run`. It is a release itself, with
 * one compression, gzip, which every machine can unpack, and with checksums and signatures of its own.
 */
export async function makeKit({ release, out, version, moment, key, work }: KitOrder): Promise<void> {
  const name = `commissaire-${version}-kit`;
  const inner = `commissaire-${version}`;
  mkdirSync(join(work, inner));
  for (const file of readdirSync(release).filter(belongsInKit)) linkSync(join(release, file), join(work, inner, file));
  await writeSums(join(work, inner));
  if (key !== undefined) signSums(join(work, inner), key, version);
  const tar = join(out, `${name}.tar`);
  await writeTar(tar, { directory: work, entries: [inner], moment });
  await writeRun(join(out, `${name}.run`), { tar, name: inner, version });
  for (const file of [`${name}.tar`, `${name}.run`]) await writeSumBeside(out, file);
}

function belongsInKit(name: string): boolean {
  return !/\.(?:zst|xz)$/.test(name) && !name.startsWith('SHA256SUMS');
}

interface RunContents {
  readonly tar: string;
  /** The folder in the tar. */
  readonly name: string;
  readonly version: string;
}

/** The script knows where it ends, and how long the whole must be. */
async function writeRun(path: string, { tar, name, version }: RunContents): Promise<void> {
  const script = packagingText('kit-head.sh').replace('VERSION', version).replace("name='NAME'", `name='${name}'`);
  const lines = script.split('\n').length;
  // The number of digits of the size is fixed, so that filling it in does not change it.
  const withSkip = script.replace("skip='SKIP'", `skip='${lines}'`).replace("size='SIZE'", "size='000000000000'");
  const size = Buffer.byteLength(withSkip) + statSync(tar).size;
  writeFileSync(path, withSkip.replace('000000000000', String(size).padStart(12, ' ')));
  await pipeline(createReadStream(tar), createWriteStream(path, { flags: 'a' }));
  chmodSync(path, 0o755);
}
