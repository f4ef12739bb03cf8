import type { PackageManager } from './family.ts';

/** Keeps changed configuration files, never prompts, and waits for another apt instead of failing. */
const options = '-y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600';

/** For how many seconds the lists are waited for that another apt is fetching: as long as for the lock of dpkg. */
const listsLockSeconds = 600;

/**
 * By itself apt warns of repositories that it could not reach, takes their old lists and ends with 0. From 2.1.15 on
 * `APT::Update::Error-Mode` makes that an error (apt.conf(5)); of an older one the warnings tell. No option makes apt
 * wait for the lock of its lists.
 */
const updateLists = String.raw`
update_lists() {
  waited=0
  while :; do
    { LC_ALL=C apt-get -o APT::Update::Error-Mode=any update 2>&1; echo "$?" >apt-update.status; } | tee apt-update.output
    read -r status <apt-update.status || return 1
    grep -q '^E: Could not get lock .*/lists/lock' apt-update.output && [ "$waited" -lt ${listsLockSeconds} ] || break
    sleep 5; waited=$((waited + 5))
  done
  grep -q '^[EW]: Some index files failed to download' apt-update.output || return "$status"
  echo '---- repositories that could not be reached or verified:'
  sed -n -e 's/^[EW]: Failed to fetch \([^ ]*\).*/\1/p' -e 's/^[EW]: \(GPG error: .*\)/\1/p' apt-update.output | sort -u
  [ "$status" -ne 0 ] || status=100
  return "$status"
}
`;

export const apt: PackageManager = {
  name: 'apt',
  program: 'apt-get',
  upgrade: [
    `${updateLists}export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l`,
    'update_lists',
    `apt-get ${options} --with-new-pkgs upgrade`,
  ].join(' && '),
};
