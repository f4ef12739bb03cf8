import { expect, test } from 'vitest';
import { packageManagerOf } from '../../src/machine/os/package-manager.ts';

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
