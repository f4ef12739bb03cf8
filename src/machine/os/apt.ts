import type { PackageManager } from './family.ts';

/** Keeps changed configuration files, never prompts, and waits for another apt instead of failing. */
const options = '-y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600';

export const apt: PackageManager = {
  name: 'apt',
  program: 'apt-get',
  upgrade: [
    'export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l',
    'apt-get -o DPkg::Lock::Timeout=600 update',
    `apt-get ${options} --with-new-pkgs upgrade`,
  ].join(' && '),
};
