import { AppError } from '../../lib/errors.ts';
import type { Facts } from '../facts.ts';
import { apt } from './apt.ts';
import { dnf } from './dnf.ts';
import type { PackageManager } from './family.ts';
import { rpmOstree } from './rpm-ostree.ts';
import { yum } from './yum.ts';

/** In order of preference, the package managers meant for this kind of system (contract 5). */
const choices: Record<string, readonly PackageManager[]> = {
  atomic: [rpmOstree],
  fedora: [dnf, yum],
  rhel: [yum, dnf],
  redhat: [yum, dnf],
  centos: [yum, dnf],
  debian: [apt],
  ubuntu: [apt],
};

/** For an unknown system: any installed one, apt last because other systems have it as a tool. */
const anyOfThem: readonly PackageManager[] = [dnf, yum, apt];

/** @throws AppError `unsupported_host` */
export function packageManagerOf(facts: Pick<Facts, 'os' | 'osFamily' | 'packageManagers'>): PackageManager {
  const named = [facts.os, ...facts.osFamily].find((name) => Object.hasOwn(choices, name));
  const candidates = (named === undefined ? undefined : choices[named]) ?? anyOfThem;
  const found = candidates.find(({ program }) => facts.packageManagers.includes(program));
  if (found !== undefined) return found;
  const wanted = candidates.map(({ program }) => program).join(' or ');
  throw new AppError('unsupported_host', `a machine with the system "${facts.os}" has no ${wanted}`, {
    hint: 'apt, dnf, yum and rpm-ostree machines can be upgraded',
  });
}
