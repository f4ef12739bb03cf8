import { AppError } from '../lib/errors.ts';
import { shortened } from '../lib/shortened.ts';
import type { Session } from '../ssh/session.ts';

/** What one round trip tells about a machine. Memory and space in kilobytes. */
export interface Facts {
  /** ID of os-release, or `atomic` on a machine that boots from an ostree. */
  os: string;
  osVersion: string;
  /** ID_LIKE of os-release, for systems that call themselves something new. */
  osFamily: string[];
  cpus: number;
  memory: number;
  space: number;
  kernel: string;
  bootId: string;
  /** Package managers that are there, of those the product can drive. */
  packageManagers: string[];
}

const deadlineMs = 60_000;
/** Characters of one fact. A machine may be in anybody's hands. */
export const longestFact = 255;
/** Of one answer: those of a real machine take some hundreds of bytes. */
const mostBytes = 64 * 1024;
/** Values of a fact that has several. */
const mostValues = 16;

/**
 * Prints `name=value` lines. It needs a POSIX shell, coreutils and awk, no Python. File systems are counted once per
 * device; what has no device behind it (proc, tmpfs, …) is not counted, but for the root of a container.
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
for name in rpm-ostree dnf yum apt-get; do
  if command -v "$name" >/dev/null 2>&1; then printf 'package_manager=%s\n' "$name"; fi
done
`;

/**
 * Asks a machine what it is. Needs no rights there.
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
 * Makes sure that the remote user may act as root, so that missing rights show when a host is registered and not in the
 * middle of an operation.
 *
 * @throws AppError `sudo_refused`
 */
export async function checkRights(session: Session, signal: AbortSignal): Promise<void> {
  await session.exec('true', { deadlineMs, signal, privileged: true });
}

/** Undefined when something every Linux system has is missing. What is no count is taken for one that is missing. */
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
    packageManagers: values('package_manager'),
  };
}

/** 0 for what is no whole number that can be counted with exactly. */
function countIn(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(count) ? count : 0;
}
