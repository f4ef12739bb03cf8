import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const run = (command: string, args: readonly string[], options: { cwd?: string; input?: string } = {}) =>
  execFileSync(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });

/** The keys of a release, made by the tools that verify: openssl, minisign and ssh-keygen. */
export class ReleaseKeys {
  readonly #directory: string;

  /** @param directory an empty one, in which the private keys are */
  constructor(directory: string) {
    this.#directory = directory;
    const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    run('openssl', ['genpkey', ...curve, '-out', this.#file('ec.pem')]);
    run('minisign', ['-G', '-W', '-p', this.#file('minisign.pub'), '-s', this.#file('minisign.key')]);
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', this.#file('ssh')]);
  }

  /** The lines of install.sh between its two marks. */
  settings(baseUrl = ''): string {
    const ecdsa = run('openssl', ['pkey', '-in', this.#file('ec.pem'), '-pubout', '-outform', 'DER']).toString(
      'base64',
    );
    const [, minisign = ''] = readFileSync(this.#file('minisign.pub'), 'utf8').split('\n');
    const ssh = readFileSync(this.#file('ssh.pub'), 'utf8').trim();
    return [
      `release_base_url='${baseUrl}'`,
      `release_ecdsa_key='${ecdsa}'`,
      `release_minisign_key='${minisign}'`,
      `release_ssh_key='${ssh}'`,
    ].join('\n');
  }

  /** The install.sh of the repository with these keys. */
  installScript(baseUrl = ''): string {
    const block = /(?<=^# BEGIN RELEASE SETTINGS\n)[\s\S]*?(?=^# END RELEASE SETTINGS$)/m;
    return readFileSync(join(root, 'install.sh'), 'utf8').replace(block, () => `${this.settings(baseUrl)}\n`);
  }

  /** Signs the checksums of a release, in all three forms. */
  sign(release: string): void {
    const sums = join(release, 'SHA256SUMS');
    run('openssl', ['dgst', '-sha256', '-sign', this.#file('ec.pem'), '-out', `${sums}.ecdsa`, sums]);
    run('minisign', ['-S', '-W', '-s', this.#file('minisign.key'), '-m', sums, '-x', `${sums}.minisig`]);
    const input = readFileSync(sums, 'utf8');
    const signed = run('ssh-keygen', ['-Y', 'sign', '-f', this.#file('ssh'), '-n', 'commissaire-release'], { input });
    writeFileSync(`${sums}.sshsig`, signed);
  }

  #file(name: string): string {
    return join(this.#directory, name);
  }
}

export interface ReleaseOptions {
  /** Made. */
  readonly directory: string;
  readonly version: string;
  /** The compiled file. */
  readonly program: string;
  readonly keys: ReleaseKeys;
  readonly forms?: readonly Form[];
  /** Of the file; that of this machine unless given. */
  readonly target?: string;
}

export type Form = 'zst' | 'xz' | 'gz';

/** The fastest level of each: nobody keeps these releases. */
const compressors: Record<Form, readonly [string, ...string[]]> = {
  zst: ['zstd', '-1', '-c'],
  xz: ['xz', '-0', '-T2', '-c'],
  gz: ['gzip', '-1', '-n', '-c'],
};

/** A signed release of one target, in the form that `scripts/release` gives it. */
export function makeRelease({
  directory,
  version,
  program,
  keys,
  forms = ['gz'],
  target = localTarget(),
}: ReleaseOptions) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'VERSION'), `${version}\n`);
  const artifacts = forms.map((form) => {
    const [command, ...args] = compressors[form];
    const name = `commissaire-${target}.${form}`;
    run('sh', ['-c', `"$@" >${name}`, 'sh', command, ...args, program], { cwd: directory });
    return name;
  });
  seal(directory, ['VERSION', ...artifacts], keys);
}

/** Writes the checksums of the files, and signs them. */
export function seal(directory: string, names: readonly string[], keys: ReleaseKeys): void {
  const lines = [...names].sort().map((name) => `${sha256(join(directory, name))}  ${name}\n`);
  writeFileSync(join(directory, 'SHA256SUMS'), lines.join(''));
  keys.sign(directory);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The target of the machine that runs the tests, a Linux with glibc. */
export function localTarget(): string {
  if (process.arch === 'arm64') return 'linux-arm64';
  return /\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8')) ? 'linux-x64' : 'linux-x64-baseline';
}

interface OtherBuild {
  readonly version: string;
  /** Whether it knows a later form of the networks in the store, as a build with a migration does. */
  readonly upgradesStore?: boolean;
}

/** Compiles another version of the product, from a copy of its source in an empty directory. Returns its file. */
export function buildOther(directory: string, { version, upgradesStore = false }: OtherBuild): string {
  const names = [
    'src',
    'docs',
    ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
    'packaging',
    'patches',
    'scripts',
    'install.sh',
    'build.ts',
    'package.json',
    'tsconfig.json',
  ];
  run('cp', ['-r', ...names, 'bun.lock', directory], { cwd: root });
  for (const name of ['node_modules', '.tools']) symlinkSync(join(root, name), join(directory, name));
  change(join(directory, 'package.json'), /"version": "[^"]+"/, `"version": "${version}"`);
  if (upgradesStore) change(join(directory, 'src/server/catalogue.ts'), networksOfVersion1, networksOfVersion2);
  run('bun', ['build.ts'], { cwd: directory });
  const file = join(directory, `commissaire-${version}`);
  copyFileSync(join(directory, 'dist/commissaire'), file);
  return file;
}

const networksOfVersion1 = '{ collection: networkRecords, version: 1,';
const networksOfVersion2 = `{ collection: networkRecords, version: 2, migrations: [{ to: 2, what: 'a later form', keys: 1,
  async change(tx, { key, value }) { tx.put(networkRecords, key, value as Network); } }],`;

function change(path: string, what: string | RegExp, by: string): void {
  const text = readFileSync(path, 'utf8');
  const changed = text.replace(what, () => by);
  if (changed === text) throw new Error(`${path} has not what is to be changed: ${what}`);
  writeFileSync(path, changed);
}
