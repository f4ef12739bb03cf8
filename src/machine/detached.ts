import { Deadline } from '../lib/deadline.ts';
import { AppError } from '../lib/errors.ts';
import type { Session } from '../ssh/session.ts';
import { endMarked } from './ending.ts';
import { outputKeeper } from './output-keeper.ts';
import { findDirectory, makeDirectory, placesOf } from './run-directory.ts';

/** A command that outlives the connection and the server; `run-directory` describes its files. */
export interface DetachedCommand {
  /** Names the run on the machine: letters, digits, `-` and `.`. */
  id: string;
  command: string;
}

const shortMs = 60_000;
const alreadyGone = 64;
const vanished = 65;
const askAgain = 66;
/** Rounds of a follower without output, five a second, after which it ends and must be sent again. */
const quietRounds = 1500;

/**
 * Everything that is written after the command began has its room since before: a full disk must not hide how the command
 * ended. What the command left running may still have the pipe: its output is waited for only as long as it comes.
 */
const runner = `
umask 077
cd "$1" || exit 1
mkdir claim 2>/dev/null || exit 0
printf '%s %s\\n' "$$" "$(cut -d ' ' -f 22 /proc/$$/stat)" >runner.new && mv runner.new runner
${outputKeeper}
printf '%-4s' '' >status.new && : >room-for-disk-full && : >open && mkfifo pipe || exit 1
exec 3<>pipe
( exec 3<&-; keep_output ) <pipe &
( umask 022; exec 3<&-; exec sh ./script ) </dev/null >pipe 2>&1
status=$?
exec 3<&-
quiet=0; seen=
while [ -e open ] && [ $quiet -lt 20 ]; do
  sleep 0.05 2>/dev/null || { sleep 1; quiet=20; }
  now="$(size_of output) $(size_of newer)"
  if [ "$now" = "$seen" ]; then quiet=$((quiet + 1)); else quiet=0; seen=$now; fi
done
rm -f open
finish_output
printf '%-3s\\n' "$status" 1<>status.new && mv status.new status
`;

/**
 * Starts the command in a session of its own: in a transient unit where systemd runs, with `setsid` elsewhere. A second
 * launch does nothing, whether the command still runs or has ended.
 *
 * @throws AppError `command_failed`, `sudo_refused`, and what `Session.exec` throws
 */
export async function launch(session: Session, { id, command }: DetachedCommand, signal: AbortSignal): Promise<void> {
  const stdin = Buffer.from(`${command}\n`);
  // A lost connection ends the input early: half a command must not run, and an empty one must not count as success.
  const script = `
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin; export PATH
${makeDirectory(id)}
cd "$directory" || exit 1
[ -d claim ] && exit 0
cat >script.$$ && [ "$(wc -c <script.$$)" -eq ${stdin.length} ] || {
  rm -f script.$$
  echo 'the command did not arrive whole' >&2
  exit 1
}
mv script.$$ script && touch output || exit 1
cat >run.$$ <<'RUNNER'
${runner}
RUNNER
mv run.$$ run || exit 1
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
  systemd-run --quiet --collect --unit=commissaire-${id} --description='commissaire ${id}' \
    --property=KillMode=process --setenv=HOME=/root --setenv=PATH="$PATH" --setenv=LC_ALL=C.UTF-8 \
    sh "$directory/run" "$directory" && exit 0
  # The unit may be there from a launch whose answer was lost.
  systemctl is-active --quiet commissaire-${id} && exit 0
fi
HOME=/root LC_ALL=C.UTF-8 setsid sh "$directory/run" "$directory" </dev/null >/dev/null 2>&1 &
`;
  const result = await session.exec(script, { deadlineMs: shortMs, signal, privileged: true, stdin });
  if (result.exitCode === 0) return;
  throw new AppError('command_failed', `cannot start a command on ${session.target.address}: ${result.stderr.trim()}`, {
    hint: 'check that root can write to /run there, or to /var/tmp, and that they are not full',
  });
}

/** Whether the command was launched on this machine, in this boot, and its run directory still exists. */
export async function isLaunched(session: Session, id: string, signal: AbortSignal): Promise<boolean> {
  const options = { deadlineMs: shortMs, signal, privileged: true };
  return (await session.exec(`${findDirectory(id)}[ -d "$directory/claim" ]`, options)).exitCode === 0;
}

export interface FollowOptions {
  /** The number of output bytes that are already known. */
  from: number;
  onOutput: (chunk: Uint8Array) => Promise<void>;
  /** How long it may take from now to the end. */
  deadlineMs: number;
  signal: AbortSignal;
}

/**
 * Reads the growing output from an offset on until the command ends, and returns its exit status.
 *
 * @throws AppError `outcome_unknown` when the run directory is gone or the shell that ran the command was killed,
 *   `connection_lost` when the connection ended: the command continues, follow it again
 */
export async function follow(session: Session, id: string, options: FollowOptions): Promise<number> {
  const { address } = session.target;
  const { onOutput, deadlineMs } = options;
  using deadline = new Deadline(deadlineMs, () => tooLate(address, deadlineMs), options.signal);
  const { signal } = deadline;
  let offset = options.from;
  const handed = async (chunk: Uint8Array, stream: 'stdout' | 'stderr') => {
    if (stream === 'stderr') return;
    await onOutput(chunk);
    offset += chunk.length;
  };
  while (true) {
    const script = followerScript(id, offset);
    const result = await session.exec(script, { deadlineMs, signal, privileged: true, onOutput: handed });
    if (result.exitCode === 0) return readStatus(session, id, signal);
    if (result.exitCode === vanished)
      throw unknown(address, 'what ran it was killed before it could tell its exit status');
    if (result.exitCode === alreadyGone) throw unknown(address, `its files are gone: ${placesOf(id)}`);
    if (result.exitCode === askAgain) continue;
    const how = result.exitSignal ?? `exit code ${result.exitCode}`;
    throw new AppError('connection_lost', `following the command on ${address} ended with ${how}`);
  }
}

/**
 * Prints the output from the offset on. A follower with nothing to print does not notice that its connection is gone,
 * so it ends by itself after a while, and the server sends it again.
 */
function followerScript(id: string, from: number): string {
  return `
${findDirectory(id)}
[ -n "$directory" ] && cd "$directory" && [ -e output ] || exit ${alreadyGone}
offset=${from}; idle=0
alive() {
  [ -e runner ] || { [ $idle -lt 50 ]; return; }
  read -r pid start <runner && [ "$(cut -d ' ' -f 22 /proc/$pid/stat 2>/dev/null)" = "$start" ]
}
while :; do
  ended=; [ -e status ] && ended=yes
  [ -n "$ended" ] || alive || [ -e status ] || ended=killed
  size=$(wc -c <output) || exit ${alreadyGone}
  if [ "$size" -gt "$offset" ]; then
    tail -c +$((offset + 1)) output | head -c $((size - offset)) || exit 1
    offset=$size; idle=0; continue
  fi
  [ ! -e disk-full ] || [ -z "$ended" ] || [ "$size" -ne "$offset" ] || df -kP . | {
    read -r _; read -r _ _ _ _ _ disk
    printf '\\n---- the rest of the output is missing: the disk %s was full there\\n' "$disk"
  }
  [ "$ended" = killed ] && exit ${vanished}
  [ -n "$ended" ] && exit 0
  idle=$((idle + 1))
  [ $idle -lt ${quietRounds} ] || exit ${askAgain}
  sleep 0.2 2>/dev/null || sleep 1
done
`;
}

/** A text in the command line of the process that runs the command, wherever its run directory is. */
export function runnerMark(id: string): string {
  return `/${id}/run`;
}

/**
 * Ends the command and everything it started, and resolves when they are gone. If the command has not started, this
 * takes its claim, so that it never will.
 *
 * @throws AppError as `endMarked`
 */
export async function endDetached(session: Session, id: string, signal: AbortSignal): Promise<void> {
  const claim = `${makeDirectory(id)}mkdir "$directory/claim"`;
  const claimed = await session.exec(claim, { deadlineMs: shortMs, signal, privileged: true });
  if (claimed.exitCode !== 0) await endMarked(session, [runnerMark(id), `/commissaire-${id}.service`], signal);
}

/** Removes the run directories. Call it once the outcome is in the journal. */
export async function clearAway(session: Session, ids: readonly string[], signal: AbortSignal): Promise<void> {
  const script = ids.map((id) => `${findDirectory(id)}[ -z "$directory" ] || rm -rf "$directory"`).join('\n');
  await session.exec(script, { deadlineMs: shortMs, signal, privileged: true });
}

async function readStatus(session: Session, id: string, signal: AbortSignal): Promise<number> {
  const options = { deadlineMs: shortMs, signal, privileged: true };
  const { stdout } = await session.exec(`${findDirectory(id)}cat "$directory/status"`, options);
  if (/^\d{1,3}\s*$/.test(stdout)) return Number(stdout);
  throw unknown(session.target.address, 'its exit status cannot be read');
}

function tooLate(address: string, ms: number): AppError {
  return new AppError('timed_out', `the command on ${address} did not end within ${ms / 1000} s; it goes on there`, {
    hint: 'look at the machine',
  });
}

function unknown(address: string, why: string): AppError {
  return new AppError('outcome_unknown', `what became of the command on ${address} is not known: ${why}`, {
    hint: 'look at the machine, for example at the log of its package manager, before trying again',
  });
}
