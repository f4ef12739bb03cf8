import { AppError } from '../lib/errors.ts';
import type { Session } from '../ssh/session.ts';

const deadlineMs = 50_000;
const stillThere = 70;

/**
 * Reads the marks from standard input: on its command line they would make it find itself. A process that left the
 * session of a marked process is found by the inherited mark; one that removed the mark is found by the session. The
 * script ends after two rounds without a match, because a command that is just starting may not show in the first.
 */
const script = String.raw`
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
marks=$(cat); seen=' '; told=' '; quiet=0; round=0
while :; do
  marked=$(printf '%s\n' "$marks" | grep -lsF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/environ /proc/[0-9]*/cgroup |
    sed 's,^/proc/\([0-9]*\)/.*,\1,')
  for pid in $marked; do case $seen in *" $pid "*) ;; *) seen="$seen$pid " ;; esac; done
  left=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v seen="$seen" -v marked=" $(echo $marked) " '{
    pid = $1; sub(/^.*\) /, "")
    if ($1 !~ /[ZX]/ && (index(marked, " " pid " ") || index(seen, " " $4 " "))) print pid
  }')
  if [ -z "$left" ]; then
    quiet=$((quiet + 1)); [ $quiet -lt 2 ] || exit 0
  else
    quiet=0
    for pid in $left; do
      if [ $round -ge 20 ]; then kill -KILL $pid 2>/dev/null; continue; fi
      case $told in *" $pid "*) ;; *) kill -TERM $pid 2>/dev/null; told="$told$pid " ;; esac
    done
    [ $round -lt 40 ] || { echo $left; exit ${stillThere}; }
  fi
  round=$((round + 1)); sleep 0.2 2>/dev/null || sleep 1
done
`;

/**
 * Ends every process that has one of the marks in its command line, its environment or its control group, and all
 * processes of its session: TERM, and KILL after four seconds. Resolves when none is left.
 *
 * @param wrap turns the script into one that another user runs, for machines without a way to root
 * @throws AppError `command_failed` naming the processes that did not end, and what `Session.exec` throws
 */
export async function endMarked(
  session: Session,
  marks: readonly string[],
  signal: AbortSignal,
  wrap = (shell: string) => shell,
): Promise<void> {
  const options = { deadlineMs, signal, stdin: marks.join('\n') };
  const result = await session.exec(script, { ...options, privileged: true }).catch((error: unknown) => {
    // Without root, the remote user can still end their own processes.
    if (error instanceof AppError && error.code === 'sudo_refused') return session.exec(wrap(script), options);
    throw error;
  });
  if (result.exitCode === 0) return;
  const { address } = session.target;
  const what = result.exitCode === stillThere ? `these processes do not end: ${result.stdout.trim()}` : result.stderr;
  throw new AppError('command_failed', `cannot end what runs on ${address}: ${what.trim()}`, {
    hint: 'look at the machine',
  });
}
