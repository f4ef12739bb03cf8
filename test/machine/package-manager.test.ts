import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageManagerOf } from '../../src/machine/os/package-manager.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const dnf = "dnf --refresh '--setopt=*.skip_if_unavailable=0' update -y";
const yum = "yum -q clean expire-cache && yum '--setopt=*.skip_if_unavailable=0' update -y";

const machine = (os: string, packageManagers: string[], osFamily: string[] = []) => ({ os, osFamily, packageManagers });

test.each([
  ['fedora', machine('fedora', ['dnf']), dnf],
  ['an old fedora', machine('fedora', ['yum']), yum],
  ['rhel', machine('rhel', ['dnf', 'yum']), yum],
  ['redhat', machine('redhat', ['dnf', 'yum']), yum],
  ['centos', machine('centos', ['dnf', 'yum']), yum],
  ['a rhel without yum', machine('rhel', ['dnf']), dnf],
  ['atomic', machine('atomic', ['rpm-ostree', 'dnf', 'yum']), 'rpm-ostree upgrade'],
  ['a system of the rhel family', machine('rocky', ['dnf', 'yum'], ['rhel', 'centos', 'fedora']), yum],
  ['a system nobody named, with apt as a tool only', machine('mageia', ['dnf', 'apt-get']), dnf],
  ['a system whose name is that of a built-in member', machine('constructor', ['dnf']), dnf],
])('%s is upgraded with what it is meant to be upgraded with', (_name, facts, command) => {
  expect(packageManagerOf(facts).upgrade).toBe(command);
});

test.each(['debian', 'ubuntu', 'linuxmint'])(
  '%s is upgraded with apt, which asks nothing and waits for its lock',
  (os) => {
    const { name, upgrade } = packageManagerOf(machine(os, ['apt-get'], ['debian']));
    expect(name).toBe('apt');
    expect(upgrade).toMatch(/apt-get .*update .*noninteractive.* && update_lists && apt-get .*upgrade$/s);
  },
);

/** What apt before 2.1.15 prints, which knows no `APT::Update::Error-Mode` and ends with 0. */
const warnings = [
  'Err:1 http://192.0.2.1/debian stable InRelease',
  'W: Failed to fetch http://192.0.2.1/debian/dists/stable/InRelease  Could not connect to 192.0.2.1:80',
  'W: GPG error: http://192.0.2.2/debian stable InRelease: The following signatures were invalid',
  'W: Some index files failed to download. They have been ignored, or old ones used instead.',
];

test.each([
  ['all its repositories', [], { status: 0, upgraded: true }],
  ['not all of them', warnings, { status: 100, upgraded: false }],
])('an apt that only warns has reached %s', (_name, lines, expected) => {
  using directory = temporaryDirectory();
  const program = join(directory.path, 'apt-get');
  writeFileSync(join(directory.path, 'said'), lines.map((line) => `${line}\n`).join(''));
  writeFileSync(program, '#!/bin/sh\ncase "$*" in *update) cat said ;; *) echo upgraded ;; esac\n');
  chmodSync(program, 0o755);
  const { upgrade } = packageManagerOf(machine('debian', ['apt-get']));
  const env = { PATH: `${directory.path}:/usr/bin:/bin` };
  const { status, stdout } = spawnSync('sh', ['-c', upgrade], { cwd: directory.path, env, encoding: 'utf8' });
  expect({ status, upgraded: stdout.includes('upgraded') }).toEqual(expected);
  const named = 'http://192.0.2.1/debian/dists/stable/InRelease\n';
  expect(stdout.includes(`---- repositories that could not be reached or verified:\nGPG error: http://192.0.2.2`)).toBe(
    !expected.upgraded,
  );
  expect(stdout.endsWith(named)).toBe(!expected.upgraded);
});

test('only atomic machines can be brought to a version, whatever is in it', () => {
  expect(packageManagerOf(machine('atomic', ['rpm-ostree'])).deploy?.("7.2'; reboot")).toBe(
    `rpm-ostree deploy '7.2'\\''; reboot'`,
  );
  for (const facts of [machine('fedora', ['dnf']), machine('rhel', ['yum']), machine('debian', ['apt-get'])]) {
    expect(packageManagerOf(facts).deploy).toBeUndefined();
  }
});

test.each([
  [machine('atomic', ['dnf', 'yum']), 'rpm-ostree'],
  [machine('debian', ['dnf']), 'apt-get'],
  [machine('alpine', []), 'dnf or yum or apt-get'],
])('a machine without its package manager is said to have none: %o', (facts, wanted) => {
  expect(() => packageManagerOf(facts)).toThrow(
    expect.objectContaining({
      code: 'unsupported_host',
      message: `a machine with the system "${facts.os}" has no ${wanted}`,
    }),
  );
});
