import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipped } from './archive.ts';
import type { ReleaseOptions } from './arguments.ts';
import { type Built, buildTarget } from './build-target.ts';
import { compress, findCompressors } from './compressed.ts';
import { makeDebianPackage } from './debian-package.ts';
import { writeDocumentation } from './documentation.ts';
import { installerWith } from './installer.ts';
import { makeKit } from './kit.ts';
import { licenceNotices } from './licence-notices.ts';
import { releaseMoment } from './moment.ts';
import { pinnedRuntime } from './pins.ts';
import { ran } from './ran.ts';
import { sizeTable, type TargetRow } from './report.ts';
import { root } from './root.ts';
import { makeRpmPackage } from './rpm-package.ts';
import { runtimePackages } from './runtime-packages.ts';
import { sbomOf } from './sbom.ts';
import { signSums } from './signatures/sign-sums.ts';
import { readSigningKey, type SigningKey } from './signatures/signing-key.ts';
import { writeSums } from './sums.ts';
import type { Target } from './targets.ts';

/** Takes the lines that tell how far it is. */
export type Say = (line: string) => void;

/** What every step of one release knows. */
interface Release {
  readonly options: ReleaseOptions;
  readonly key: SigningKey | undefined;
  readonly moment: Date;
  /** The unfinished directory of the release. */
  readonly directory: string;
  readonly say: Say;
  /** A new empty directory, removed at the end. */
  readonly work: (name: string) => string;
}

/**
 * Makes `OUT/VERSION/`, `OUT/channels/CHANNEL` and the kit, and returns the table of sizes. All of them appear when they
 * are complete. A run that fails leaves nothing, and one that is killed only a hidden directory, `OUT/.unfinished-…`.
 *
 * @throws Error when the directory exists: what was released once must not change
 */
export async function makeRelease(options: ReleaseOptions, say: Say): Promise<string> {
  const out = resolve(options.out);
  const finished = join(out, options.version);
  if (existsSync(finished)) throw new Error(`${finished} exists; remove it, or give another --version or --out`);
  // What can be wrong with the request is found before minutes pass.
  const key = options.signingKey === undefined ? undefined : readSigningKey(options.signingKey);
  const moment = await releaseMoment();
  await findCompressors();
  if (options.packages) await findPackagers();
  await warnOfChanges(say);
  if (key === undefined) say('without --signing-key: nobody can verify this release, and its install.sh refuses it');
  mkdirSync(out, { recursive: true });
  const top = mkdtempSync(join(out, '.unfinished-'));
  try {
    const work = (name: string) => mkdtempSync(join(top, `${name}-`));
    const directory = join(top, options.version);
    mkdirSync(directory, { mode: 0o755 });
    const release = { options, key, moment, directory, say, work };
    const rows = await fill(release);
    say('the air-gap kit');
    const kits = work('kits');
    await makeKit({ release: directory, out: kits, version: options.version, moment, key, work: work('kit') });
    for (const name of readdirSync(kits)) renameSync(join(kits, name), join(out, name));
    renameSync(directory, finished);
    mkdirSync(join(out, 'channels'), { recursive: true });
    writeFileSync(join(out, 'channels', options.channel), `${options.version}\n`);
    return sizeTable(rows);
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

async function fill(release: Release): Promise<TargetRow[]> {
  const { options, key, moment, directory, say, work } = release;
  const { version, targets } = options;
  const script = installerWith(readFileSync(join(root, 'install.sh'), 'utf8'), { baseUrl: options.baseUrl, key });
  const installer = join(directory, 'install.sh');
  writeFileSync(installer, script, { mode: 0o755 });
  writeFileSync(join(directory, 'VERSION'), `${version}\n`);
  say('bill of materials, licences and documents');
  const packages = await runtimePackages(targets);
  const bill = sbomOf({ version, packages, targets, date: moment });
  const notices = licenceNotices(packages, pinnedRuntime('@oven/bun-linux-x64').version);
  writeFileSync(join(directory, 'commissaire.cdx.json'), bill);
  writeFileSync(join(directory, 'LICENCES.txt'), notices);
  await writeDocumentation(join(directory, 'docs.tar.gz'), work('docs'), { version, date: moment });
  await writeSource(release);
  const rows: TargetRow[] = [];
  for (const target of targets) {
    say(`${target.name}: compiling`);
    const built = await buildTarget(target, { version, installer, outdir: work(target.name) });
    say(`${target.name}: ${built.state}; compressing`);
    const sizes = await compress(built.executable, join(directory, `commissaire-${target.name}`), options.effort);
    rows.push({ name: target.name, state: built.state, sizes });
    if (options.packages) await packageTarget(target, { built, notices, bill, release });
    rmSync(built.executable);
  }
  say('checksums and signatures');
  // Programs leave files with modes of their own, and a web server must be able to read all of them.
  for (const name of readdirSync(directory)) chmodSync(join(directory, name), name === 'install.sh' ? 0o755 : 0o644);
  await writeSums(directory);
  if (key !== undefined) signSums(directory, key, version);
  return rows;
}

/** The corresponding source, which the licence wants to be offered with the program. */
async function writeSource({ options, directory, work }: Release): Promise<void> {
  const name = `commissaire-${options.version}-source`;
  const tar = join(work('source'), 'source.tar');
  await ran('git', ['-C', root, 'archive', '--format=tar', `--prefix=${name}/`, '-o', tar, 'HEAD']);
  writeFileSync(join(directory, `${name}.tar.gz`), gzipped(readFileSync(tar)));
}

interface Packaged {
  readonly built: Built;
  readonly notices: string;
  readonly bill: string;
  readonly release: Release;
}

async function packageTarget(target: Target, { built, notices, bill, release }: Packaged): Promise<void> {
  const { options, moment, directory, say, work } = release;
  if (target.packaged === undefined) return;
  const contents = { version: options.version, date: moment, executable: built.executable, notices, bill };
  const order = { contents, effort: options.effort, out: directory };
  say(`${target.name}: Debian package`);
  const { debian, rpm } = target.packaged;
  const deb = await makeDebianPackage({ ...order, architecture: debian, work: work('deb') });
  say(`${target.name}: RPM package`);
  const made = await makeRpmPackage({ ...order, architecture: rpm, work: work('rpm') });
  for (const name of [deb, made]) say(`${name}: ${(statSync(join(directory, name)).size / 1_000_000).toFixed(1)} MB`);
}

/** @throws Error that names the package of Debian that is missing */
async function findPackagers(): Promise<void> {
  for (const program of ['dpkg-deb', 'rpmbuild']) await ran(program, ['--version']);
}

/** What is not committed is in the files, but not in their source. */
async function warnOfChanges(say: Say): Promise<void> {
  const changes = await ran('git', ['-C', root, 'status', '--porcelain']);
  if (changes !== '')
    say('there are changes that are not committed: the source in the release is that of the last commit');
}
