import type { Session } from '../ssh/session.ts';
import type { PackageManager } from './os/family.ts';

const deadlineMs = 60_000;

// dpkg-query expands these dollar signs.
const dpkgList = `dpkg-query -W -f='\${db:Status-Abbrev} \${Package}:\${Architecture} \${Version}\\n' | sed -n 's/^.i. *//p'`;
const rpmList = String.raw`rpm -qa --qf '%{NAME}.%{ARCH} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n'`;

/** Reads what the programs print, because exit code 1 also means that they do not know the question. */
const rebootCheck = `
reboot_needed() {
  [ ! -e /run/ostree/staged-deployment ] && [ ! -e /run/reboot-required ] && [ ! -e /var/run/reboot-required ] || return 0
  { needs-restarting -r || dnf needs-restarting -r; } </dev/null 2>/dev/null | grep -qi '^reboot is required'
}
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; LC_ALL=C; export PATH LC_ALL
`;

/**
 * Makes a command print, after its own output, what it changed and whether the machine needs a reboot. The exit code is
 * that of the command.
 */
export function withReport(command: string, manager: PackageManager): string {
  const list = manager.name === 'apt' ? dpkgList : rpmList;
  return `
installed() { ${list}; } 2>/dev/null
before=$(installed)
( ${command} )
status=$?
${rebootCheck}
echo '---- packages: - before, + after'
{ echo "$before" | sed 's/^/- /'; installed | sed 's/^/+ /'; } | sort -k 2 | uniq -u -f 1 | sort -k 2,2 -k 1,1r
if reboot_needed; then echo '---- reboot needed: yes'; else echo '---- reboot needed: no'; fi
exit $status
`;
}

/** @throws what `Session.exec` throws */
export async function needsReboot(session: Session, signal: AbortSignal): Promise<boolean> {
  const options = { deadlineMs, signal, privileged: true };
  return (await session.exec(`${rebootCheck}reboot_needed`, options)).exitCode === 0;
}
