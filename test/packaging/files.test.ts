import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isPrintable, printables, printed } from '../../src/server/installation/printed.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const root = join(import.meta.dirname, '../..');
const usual = { executable: '/usr/local/bin/commissaire', dataDir: '/var/lib/commissaire' };
const elsewhere = { executable: '/opt/commissaire/bin/commissaire', dataDir: '/srv/commissaire' };

function unitFile(directory: string, at: typeof usual): string {
  const file = join(directory, 'commissaire.service');
  writeFileSync(file, printed('systemd-unit', at));
  return file;
}

test.each([usual, elsewhere])('systemd gives the unit of $dataDir an exposure of at most 2.0', (at) => {
  using directory = temporaryDirectory();
  const options = ['security', '--offline=true', '--threshold=20', '--no-pager', unitFile(directory.path, at)];
  const { status, stdout } = spawnSync('systemd-analyze', options, { encoding: 'utf8' });
  const verdict = /Overall exposure level.*/.exec(stdout)?.[0];
  console.log(verdict);
  expect(verdict).toBeDefined();
  expect(status, stdout).toBe(0);
});

test('systemd knows every line of the unit', () => {
  using directory = temporaryDirectory();
  const file = unitFile(directory.path, { ...usual, executable: process.execPath.replace(/[^\w./+-]/g, '') });
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
  expect(stderr.split('\n').filter((line) => line.includes('commissaire.service'))).toEqual([]);
});

test('systemd knows every line that a drop-in can open for hooks', () => {
  using directory = temporaryDirectory();
  const at = { ...usual, executable: process.execPath.replace(/[^\w./+-]/g, '') };
  const dropIn = printed('hooks-drop-in', usual).replace(/^#(?=[A-Z]\w+=)/gm, '');
  expect(dropIn.match(/^[A-Z]\w+=/gm)?.length).toBeGreaterThan(8);
  const unit = join(directory.path, 'commissaire.service');
  writeFileSync(unit, `${printed('systemd-unit', at)}\n${dropIn}`);
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
  expect(stderr.split('\n').filter((line) => line.includes('commissaire.service'))).toEqual([]);
});

test('the unit allows the JIT, waits longer than a stop takes, and hears of the server', () => {
  const unit = printed('systemd-unit', usual);
  expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
  expect(unit).toContain('\nType=notify\n');
  expect(unit).toMatch(/^WatchdogSec=\d+$/m);
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(60);
});

test('every file has the paths of its installation, and no others', () => {
  for (const name of printables) {
    if (!isPrintable(name)) throw new Error(name);
    if (!['systemd-unit', 'openrc', 'uninstall'].includes(name)) continue;
    const text = printed(name, elsewhere);
    expect(text, name).not.toMatch(/\/usr\/(local\/)?bin\/commissaire|bin_dir='\/usr/);
    expect(text, name).not.toMatch(/\/var\/lib\/commissaire/);
    expect(text, name).toContain('/opt/commissaire/bin');
  }
});

test.each(['/srv/a b', '/srv/$(id)', 'relative/path', '/srv/../etc', "/srv/'x"])(
  'the data directory %s is refused: a unit and a shell script would read it in their own ways',
  (dataDir) => {
    for (const name of ['systemd-unit', 'uninstall'] as const) {
      expect(() => printed(name, { ...usual, dataDir })).toThrow('cannot be written into the files');
    }
  },
);

test.each(['sh', 'dash'])('shellcheck has nothing to say about the scripts as %s', (shell) => {
  const scripts = ['install.sh', 'packaging/commissaire-uninstall.sh'];
  execFileSync('shellcheck', ['-s', shell, ...scripts], { cwd: root });
  // OpenRC reads the variables, and its shells know `local`.
  execFileSync('shellcheck', ['-s', shell, '-e', 'SC2034,SC3043', 'packaging/commissaire.openrc'], { cwd: root });
});

test('install.sh documents every variable that it reads', () => {
  const script = readFileSync(join(root, 'install.sh'), 'utf8');
  const read = new Set([...script.matchAll(/\$\{INSTALL_COMMISSAIRE_([A-Z_]+)/g)].map(([, name]) => name));
  const documented = new Set([...script.matchAll(/^# {3}([A-Z_]+) {2,}\S/gm)].map(([, name]) => name));
  expect([...documented].sort()).toEqual([...read].sort());
  expect(read.size).toBe(12);
});
