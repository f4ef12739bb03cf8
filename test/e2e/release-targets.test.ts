import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkExecutable } from '../../scripts/lib/release/executable-format.ts';
import { unpackedPackage } from '../../scripts/lib/release/npm-package.ts';
import { lockedPackage } from '../../scripts/lib/release/pins.ts';
import { sha256 } from '../../scripts/lib/release/sums.ts';
import { targets } from '../../scripts/lib/release/targets.ts';
import { CompiledServer, type LogLine } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const root = join(import.meta.dirname, '../..');
const made = temporaryDirectory();
const at = (...names: string[]) => join(made.path, ...names);
const musl = '/lib/ld-musl-x86_64.so.1';
const armRoot = '/usr/aarch64-linux-gnu';

/** What a target is started with on this machine; undefined where that is not installed. */
function emulator(name: string): { prefix: string[]; env: Record<string, string> } | undefined {
  if (name.startsWith(`${process.platform}-${process.arch}`) && !name.endsWith('-musl')) return { prefix: [], env: {} };
  if (name === 'linux-arm64' && Bun.which('qemu-aarch64') !== null && existsSync(`${armRoot}/lib/libstdc++.so.6`)) {
    return { prefix: ['qemu-aarch64', '-L', armRoot], env: { PATH: process.env.PATH ?? '' } };
  }
  if (name === 'linux-x64-musl' && existsSync(musl) && Bun.which('gcc') !== null) {
    return { prefix: [], env: { LD_PRELOAD: at('musl/names.so'), LD_LIBRARY_PATH: at('musl') } };
  }
  return undefined;
}

// All targets, twice: vitest.config.ts leaves this out unless the tests may take long.
describe('all targets of a release', () => {
  beforeAll(() => {
    const elsewhere = at('another/directory/of/another/length');
    for (const name of ['src', 'docs', 'scripts', 'packaging', 'patches', 'node_modules']) {
      cpSync(join(root, name), join(elsewhere, name), { recursive: true, verbatimSymlinks: true });
    }
    for (const name of ['build.ts', 'install.sh', 'package.json', 'bun.lock', 'tsconfig.json']) {
      cpSync(join(root, name), join(elsewhere, name));
    }
    // Archives of the registry: nothing there is compiled.
    symlinkSync(join(root, '.tools'), join(elsewhere, '.tools'));
    for (const [directory, out] of [
      [root, at('one')],
      [elsewhere, at('two')],
    ] as const) {
      for (const { name } of targets) {
        execFileSync(process.execPath, ['build.ts', name, '--version', '9.8.7', '--outdir', out], { cwd: directory });
      }
    }
    prepareMusl();
  }, 3_600_000);
  afterAll(() => made[Symbol.dispose]());

  test.each(targets)('$name is the same file when it is built in another directory', async ({ name }) => {
    const file = `commissaire-${name}`;
    const digest = await sha256(at('one', file));
    console.log(`${digest}  ${file}`);
    expect(await sha256(at('two', file))).toBe(digest);
  });

  test.each(targets)('$name has the headers of its target, and the addon', async ({ name, format, addon }) => {
    const directory = await unpackedPackage(lockedPackage(addon.package));
    checkExecutable(at('one', `commissaire-${name}`), format, join(directory, addon.file));
  });

  test.each(targets)('$name serves, where this machine can start it', async ({ name }) => {
    const found = emulator(name);
    console.log(`${name}: ${found === undefined ? 'not run' : `started ${found.prefix.join(' ') || 'as it is'}`}`);
    if (found === undefined) return;
    const dataDir = at(`data-${name}`);
    mkdirSync(dataDir);
    const words = [...found.prefix, at('one', `commissaire-${name}`)];
    const [program = '', ...before] = words;
    execFileSync(program, [...before, 'init', '--data-dir', dataDir], { env: found.env });
    await using server = CompiledServer.launch([...words, 'serve', '--data-dir', dataDir, '--listen-port', '0'], {
      env: found.env,
      cwd: dataDir,
    });
    const { version } = await listening(server);
    expect(version).toBe('9.8.7');
  });
});

/** An emulator may need a minute on a busy machine, and a line of the log stays in it. */
async function listening(server: CompiledServer, attempts = 6): Promise<LogLine> {
  const line = server.logged(({ msg }) => msg === 'listening');
  return attempts > 1 ? line.catch(() => listening(server, attempts - 1)) : line;
}

/** musl's loader with Debian's libstdc++, which asks for the names of glibc. */
function prepareMusl(): void {
  if (emulator('linux-x64-musl') === undefined) return;
  mkdirSync(at('musl'));
  const source = join(root, 'test/release/support/glibc-names.c');
  execFileSync('gcc', ['-shared', '-fPIC', '-nostdlib', '-o', at('musl/names.so'), source]);
  for (const library of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    const path = execFileSync('gcc', [`-print-file-name=${library}`], { encoding: 'utf8' }).trim();
    cpSync(path, at('musl', library), { dereference: true });
  }
  symlinkSync(musl, at('musl/ld-linux-x86-64.so.2'));
}
