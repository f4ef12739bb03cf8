import type { PackageManager } from './family.ts';

/** As dnf, but yum 3 has no `--refresh`. */
export const yum: PackageManager = {
  name: 'yum',
  program: 'yum',
  upgrade: "yum -q clean expire-cache && yum '--setopt=*.skip_if_unavailable=0' update -y",
};
