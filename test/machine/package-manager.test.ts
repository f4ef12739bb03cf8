import { expect, test } from 'vitest';
import { packageManagerOf } from '../../src/machine/os/package-manager.ts';

const machine = (os: string, packageManagers: string[], osFamily: string[] = []) => ({ os, osFamily, packageManagers });

test.each([
  ['fedora', machine('fedora', ['dnf']), 'dnf update -y'],
  ['an old fedora', machine('fedora', ['yum']), 'yum update -y'],
  ['rhel', machine('rhel', ['dnf', 'yum']), 'yum update -y'],
  ['redhat', machine('redhat', ['dnf', 'yum']), 'yum update -y'],
  ['centos', machine('centos', ['dnf', 'yum']), 'yum update -y'],
  ['a rhel without yum', machine('rhel', ['dnf']), 'dnf update -y'],
  ['atomic', machine('atomic', ['rpm-ostree', 'dnf', 'yum']), 'rpm-ostree upgrade'],
  ['a system of the rhel family', machine('rocky', ['dnf', 'yum'], ['rhel', 'centos', 'fedora']), 'yum update -y'],
  ['a system nobody named, with apt as a tool only', machine('mageia', ['dnf', 'apt-get']), 'dnf update -y'],
  ['a system whose name is that of a built-in member', machine('constructor', ['dnf']), 'dnf update -y'],
])('%s is upgraded with what it is meant to be upgraded with', (_name, facts, command) => {
  expect(packageManagerOf(facts).upgrade).toBe(command);
});

test.each(['debian', 'ubuntu', 'linuxmint'])(
  '%s is upgraded with apt, which asks nothing and waits for its lock',
  (os) => {
    const { name, upgrade } = packageManagerOf(machine(os, ['apt-get'], ['debian']));
    expect(name).toBe('apt');
    expect(upgrade).toMatch(/noninteractive.*apt-get .*update && apt-get .*upgrade$/);
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
