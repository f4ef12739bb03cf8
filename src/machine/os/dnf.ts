import type { PackageManager } from './family.ts';

/**
 * `skip_if_unavailable` of a repository makes dnf go on without it (dnf.conf(5); the default of Fedora). `--refresh` has it
 * ask the repositories and not its cache.
 */
export const dnf: PackageManager = {
  name: 'dnf',
  program: 'dnf',
  upgrade: "dnf --refresh '--setopt=*.skip_if_unavailable=0' update -y",
};
