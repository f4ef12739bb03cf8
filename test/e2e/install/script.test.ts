import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mayMount, needsRoot } from '../../support/root-only.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { ClientMachine } from './client-machine.ts';

const script = join(import.meta.dirname, '../../../install.sh');

test.each(['dash', 'bash'])('a part of the script, cut at any hundredth byte, does nothing in %s', (shell) => {
  using directory = temporaryDirectory();
  const [tools, home] = ['tools', 'home'].map((name) => join(directory.path, name));
  if (tools === undefined || home === undefined) throw new Error('no directories');
  mkdirSync(tools);
  mkdirSync(home);
  const used = join(directory.path, 'used');
  for (const name of ['uname', 'id', 'curl', 'wget', 'mkdir', 'rm', 'mv', 'cp', 'ln', 'sed', 'cat', 'head', 'sh']) {
    writeFileSync(join(tools, name), `#!/bin/sh\necho ${name} "$@" >>'${used}'\nexit 1\n`, { mode: 0o755 });
  }
  const whole = readFileSync(script);
  const env = { PATH: tools, HOME: home };
  const path = Bun.which(shell) ?? shell;
  const run = (input: Buffer) => spawnSync(path, [], { input, env, cwd: home, encoding: 'utf8' });
  // The closing lines byte by byte: there a cut is most dangerous.
  const near = Array.from({ length: 60 }, (_, index) => whole.length - 2 - index);
  for (const length of [...Array.from({ length: whole.length / 100 }, (_, index) => index * 100), ...near]) {
    const { stdout } = run(whole.subarray(0, length));
    expect(stdout, `cut at ${length}`).toBe('');
    expect(existsSync(used) ? readFileSync(used, 'utf8') : '', `cut at ${length}`).toBe('');
  }
  expect(readdirSync(home)).toEqual([]);
  // The traps do work: the whole script runs into one.
  run(whole);
  expect(readFileSync(used, 'utf8')).not.toBe('');
});

test('a dry run says what it would do, and changes nothing', async () => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  const { code, output } = await machine.install({ INSTALL_COMMISSAIRE_DRY_RUN: '1' });
  expect(code, output).toBe(0);
  expect(output).toMatch(/^Installing Commissaire 1\.2\.3 \(linux-/);
  expect(output).toContain(`would install commissaire 1.2.3 into ${machine.binDir}`);
  expect(machine.installed()).toBeUndefined();
  const all = await machine.install({ INSTALL_COMMISSAIRE_DRY_RUN: '1', INSTALL_COMMISSAIRE_CLIENT_ONLY: '0' });
  expect(all.output).toContain("would run 'commissaire init'");
  expect(machine.installed()).toBeUndefined();
});

test('it works through a pipe', async () => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  const line = `"${machine.path('install.sh')}" | sh`;
  const { code, output } = await machine.execute(['sh', '-c', `cat ${line}`], {
    PATH: process.env.PATH ?? '',
    INSTALL_COMMISSAIRE_CLIENT_ONLY: '1',
    INSTALL_COMMISSAIRE_BIN_DIR: machine.binDir,
  });
  expect(code, output).toBe(0);
  expect(output).toContain('commctl 1.2.3 is installed');
});

test.each([
  [{ INSTALL_COMMISSAIRE_BIN_DIR: 'bin' }, 'it must be an absolute path'],
  [{ INSTALL_COMMISSAIRE_BIN_DIR: '/opt/a b' }, 'letters, digits and . _ + - only'],
  [{ INSTALL_COMMISSAIRE_DATA_DIR: '/srv/$(id)' }, 'letters, digits and . _ + - only'],
  [{ INSTALL_COMMISSAIRE_DATA_DIR: '/srv/../etc' }, 'without ..'],
  [{ INSTALL_COMMISSAIRE_VERSION: '../1' }, 'INSTALL_COMMISSAIRE_VERSION'],
  [{ INSTALL_COMMISSAIRE_CHANNEL: 'a/b' }, 'INSTALL_COMMISSAIRE_CHANNEL'],
  [{ INSTALL_COMMISSAIRE_DRY_RUN: 'perhaps' }, 'give it 1 or 0'],
  [{ INSTALL_COMMISSAIRE_ARTIFACT_PATH: '/nowhere' }, 'which is no directory'],
  [{ INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE: '/nowhere' }, 'cannot read INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE'],
])('%o is refused', async (variables: Record<string, string>, message) => {
  await using machine = new ClientMachine();
  const { code, output } = await machine.install(variables);
  expect(output).toContain(message);
  expect(code).toBe(2);
});

test('the script of the repository says what to set', () => {
  using directory = temporaryDirectory();
  const variables = { INSTALL_COMMISSAIRE_CLIENT_ONLY: '1', INSTALL_COMMISSAIRE_BIN_DIR: join(directory.path, 'bin') };
  const run = (more: object) =>
    spawnSync('sh', [script], { env: { PATH: process.env.PATH, ...variables, ...more }, encoding: 'utf8' });
  expect(run({})).toMatchObject({ status: 2, stderr: expect.stringContaining('set INSTALL_COMMISSAIRE_BASE_URL') });
  const base = { INSTALL_COMMISSAIRE_BASE_URL: 'http://127.0.0.1:9' };
  expect(run(base)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE'),
  });
  expect(existsSync(join(directory.path, 'bin'))).toBe(false);
});

test.each([
  ['Linux', 'aarch64', 'linux-arm64'],
  ['Darwin', 'arm64', 'darwin-arm64'],
  ['Darwin', 'x86_64', 'darwin-x64'],
])('a %s of %s gets %s', async (system, processor, target) => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  const tools = join(machine.path('elsewhere'));
  mkdirSync(tools);
  const uname = `#!/bin/sh\ncase $1 in -s) echo ${system} ;; -m) echo ${processor} ;; esac\n`;
  writeFileSync(join(tools, 'uname'), uname, { mode: 0o755 });
  const PATH = `${tools}:${machine.tools('curl', 'openssl', 'gzip')}`;
  const { output } = await machine.install({ PATH, INSTALL_COMMISSAIRE_DRY_RUN: '1' });
  expect(output).toContain(`(${target})`);
});

test.runIf(mayMount)(`a processor without AVX2 gets the baseline build${needsRoot}`, async () => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  writeFileSync(machine.path('cpuinfo'), 'flags : fpu sse4_2 avx\n');
  const mounting = `mount --bind '${machine.path('cpuinfo')}' /proc/cpuinfo && exec "$@"`;
  const prefix = ['unshare', '-m', '/bin/sh', '-c', `PATH=/usr/sbin:/usr/bin:/sbin:/bin; ${mounting}`, 'sh'];
  const { output } = await machine.install({ INSTALL_COMMISSAIRE_DRY_RUN: '1' }, { prefix });
  expect(output).toContain('(linux-x64-baseline)');
});

test.each([
  ['2.31', 'the server needs glibc 2.34 or later', false],
  ['2.34', 'the server needs glibc', true],
  ['3.0', 'the server needs glibc', true],
])('with glibc %s the server is refused unless it can start', async (glibc, message, isAccepted) => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  const tools = join(machine.path('elsewhere'));
  mkdirSync(tools);
  writeFileSync(join(tools, 'getconf'), `#!/bin/sh\necho 'glibc ${glibc}'\n`, { mode: 0o755 });
  const PATH = `${tools}:${machine.tools('curl', 'openssl', 'gzip')}`;
  const server = { PATH, INSTALL_COMMISSAIRE_CLIENT_ONLY: '0', INSTALL_COMMISSAIRE_DRY_RUN: '1' };
  expect((await machine.install(server)).output.includes(message)).toBe(!isAccepted);
  expect((await machine.install({ ...server, INSTALL_COMMISSAIRE_CLIENT_ONLY: '1' })).output).not.toContain(message);
});

test.runIf(mayMount).each([
  ['read-only', 'ro', 'set INSTALL_COMMISSAIRE_BIN_DIR to a directory for programs that is writable'],
  ['noexec', 'noexec', 'is mounted noexec, set INSTALL_COMMISSAIRE_BIN_DIR to another directory'],
])(`a directory of programs that is %s is named${needsRoot}`, async (_, option, message) => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  mkdirSync(machine.binDir);
  const mounting = `mount -t tmpfs -o ${option} tmpfs '${machine.binDir}' && PATH='${machine.tools('curl', 'openssl', 'gzip')}' && exec "$@"`;
  const prefix = ['unshare', '-m', '/bin/sh', '-c', `PATH=/usr/sbin:/usr/bin:/sbin:/bin; ${mounting}`, 'sh'];
  const { code, output } = await machine.install({}, { prefix });
  expect(output).toContain(message);
  expect(code).toBe(1);
});

test('two runs at the same time: the second one says so; what a killed run left is no obstacle', async () => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  const work = join(machine.binDir, '.commissaire-install');
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'pid'), `${process.pid}\n`);
  const { code, output } = await machine.install();
  expect(output).toContain(`another install.sh is at work here, with the process id ${process.pid}`);
  expect(code).toBe(1);
  writeFileSync(join(work, 'pid'), `${spawnSync('true').pid}\n`);
  expect((await machine.install()).code).toBe(0);
  expect(existsSync(work)).toBe(false);
});

test('a program called commctl that is not ours stays', async () => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  mkdirSync(machine.binDir);
  writeFileSync(join(machine.binDir, 'commctl'), 'mine');
  const { code, output } = await machine.install();
  expect(output).toContain('is no link to commissaire; move it away');
  expect(code).toBe(1);
  expect(readFileSync(join(machine.binDir, 'commctl'), 'utf8')).toBe('mine');
});
