import { createHmac } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import { shortened } from '../lib/shortened.ts';
import type { Session } from '../ssh/session.ts';

/** The facts that one round trip collects. Memory and space in kilobytes. */
export interface Facts {
  /** ID of os-release, or `atomic` on a machine that boots from an ostree. */
  os: string;
  osVersion: string;
  /** ID_LIKE of os-release, for systems with a new ID. */
  osFamily: string[];
  cpus: number;
  memory: number;
  space: number;
  kernel: string;
  bootId: string;
  /** Derived from the machine id; empty on a machine without one. */
  machineId: string;
  /** Installed package managers, of those the product supports. */
  packageManagers: string[];
}

const deadlineMs = 60_000;
/** The most characters of one fact, because the machine may be hostile. */
export const longestFact = 255;
/** The most bytes of one answer: real machines send some hundreds. */
const mostBytes = 64 * 1024;
/** The most values of a fact. */
const mostValues = 16;

/**
 * Prints `name=value` lines. It needs a POSIX shell, coreutils and awk, no Python. It counts file systems once per
 * device; it skips those without a device (proc, tmpfs, …), except the root of a container.
 */
const script = String.raw`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
file=/etc/os-release; [ -r "$file" ] || file=/usr/lib/os-release
( . "$file" 2>/dev/null; printf 'os=%s\nos_version=%s\nos_family=%s\n' "$ID" "$VERSION_ID" "$ID_LIKE" )
[ -e /run/ostree-booted ] && echo atomic=yes
printf 'cpus=%s\n' "$(getconf _NPROCESSORS_ONLN 2>/dev/null || grep -c '^processor' /proc/cpuinfo)"
printf 'memory=%s\n' "$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)"
printf 'space=%s\n' "$(df -kP 2>/dev/null | awk 'NR > 1 && ($1 ~ "^/" || $1 ~ ":/" || $6 == "/") && !seen[$1]++ { sum += $2 } END { printf "%.0f", sum }')"
printf 'kernel=%s\n' "$(uname -r)"
printf 'boot_id=%s\n' "$(cat /proc/sys/kernel/random/boot_id)"
printf 'machine_id=%s\n' "$(cat /etc/machine-id 2>/dev/null)"
for name in rpm-ostree dnf yum apt-get; do
  if command -v "$name" >/dev/null 2>&1; then printf 'package_manager=%s\n' "$name"; fi
done
`;

/**
 * Collects the facts of a machine. Needs no rights there.
 *
 * @throws AppError `command_failed` when the machine does not answer like a Linux system; what `Session.exec` throws
 */
export async function gatherFacts(session: Session, signal: AbortSignal): Promise<Facts> {
  const result = await session.exec(script, { deadlineMs, signal, maxCollected: mostBytes });
  const facts = parseFacts(result.stdout);
  if (facts !== undefined) return facts;
  throw new AppError('command_failed', `${session.target.address} did not tell its facts: ${result.stderr.trim()}`, {
    hint: 'the machine must be a Linux system with a POSIX shell, coreutils and awk',
  });
}

/**
 * Checks that the remote user may act as root, so that missing rights show when a host is registered and not during an
 * operation.
 *
 * @throws AppError `sudo_refused`
 */
export async function checkRights(session: Session, signal: AbortSignal): Promise<void> {
  await session.exec('true', { deadlineMs, signal, privileged: true });
}

/** Undefined when a fact of every Linux system is missing. An invalid number counts as missing. */
export function parseFacts(output: string): Facts | undefined {
  const lines = output.split('\n').map((line) => line.split(/=(.*)/s));
  const values = (name: string) =>
    lines
      .filter(([key]) => key === name)
      .slice(0, mostValues)
      .map(([, value = '']) => shortened(value.trim(), longestFact));
  const one = (name: string) => values(name)[0] ?? '';
  const bootId = one('boot_id');
  const memory = countIn(one('memory'));
  if (bootId === '' || memory === 0) return undefined;
  return {
    os: one('atomic') === 'yes' ? 'atomic' : one('os').toLowerCase(),
    osVersion: one('os_version'),
    osFamily: one('os_family').toLowerCase().split(/\s+/).filter(Boolean),
    cpus: Math.max(1, countIn(one('cpus'))),
    memory,
    space: countIn(one('space')),
    kernel: one('kernel'),
    bootId,
    machineId: derivedId(one('machine_id')),
    packageManagers: values('package_manager'),
  };
}

/** Of this product, as machine-id(5) asks for: `systemd-id128 machine-id --app-specific=ID` derives the same. */
export const applicationId = '6c1d9e4b7f2a4c0e9d35a8b1e7f60c42';

/**
 * The machine id itself is confidential (machine-id(5)), so it is stored in a form that tells machines apart and does not
 * reveal it. Empty for a text that is no id.
 */
function derivedId(id: string): string {
  if (!/^[0-9a-f]{32}$/.test(id)) return '';
  const digest = createHmac('sha256', Buffer.from(id, 'hex')).update(Buffer.from(applicationId, 'hex')).digest();
  const bytes = digest.subarray(0, 16);
  // A UUID of version 4 and variant 1 (RFC 9562), as sd_id128_get_machine_app_specific(3) makes it.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex');
}

/** 0 for a text that is no whole number, or too large to be exact. */
function countIn(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(count) ? count : 0;
}
