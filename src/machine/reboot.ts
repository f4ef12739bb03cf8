import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import { PollPauses } from '../ssh/poll-pauses.ts';
import type { Lease } from '../ssh/pool.ts';
import { shellQuote } from '../ssh/quote.ts';
import type { Session } from '../ssh/session.ts';

const bootIdPath = '/proc/sys/kernel/random/boot_id';
const commandDeadlineMs = 30_000;
/** The exit code of a machine that runs in another boot than the one to end. */
const otherBoot = 75;
/** The exit code of a machine where an inhibitor lock blocks the shutdown. */
const inhibited = 76;

/** @throws AppError `command_failed`, and what `Session.exec` throws */
export async function readBootId(session: Session, signal: AbortSignal): Promise<string> {
  const { stdout, stderr } = await session.exec(`cat ${bootIdPath}`, { deadlineMs: commandDeadlineMs, signal });
  const bootId = stdout.trim();
  if (/^[0-9a-f-]{36}$/.test(bootId)) return bootId;
  throw new AppError('command_failed', `${session.target.address} did not tell its boot id: ${stderr.trim()}`, {
    hint: `the machine must be a Linux system with ${bootIdPath}`,
  });
}

/**
 * Asks the machine to reboot if it still runs in the given boot. The command itself compares the boots on the machine: a
 * late or repeated request cannot end a later boot.
 *
 * It does not reboot a machine where an inhibitor lock blocks a shutdown. systemctl by itself ignores these locks for
 * root before systemd 257, and says no more than "Access denied" since.
 *
 * @throws AppError `command_failed` when the machine refuses, `sudo_refused`
 */
export async function requestReboot(session: Session, bootId: string, signal: AbortSignal): Promise<void> {
  const script = [
    `[ "$(cat ${bootIdPath})" = ${shellQuote(bootId)} ] || exit ${otherBoot}`,
    'PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin',
    'command -v systemctl >/dev/null 2>&1 || { shutdown -r now || reboot; exit; }',
    `locks=$(LC_ALL=C systemd-inhibit --list --no-pager --no-legend 2>/dev/null | grep 'shutdown.* block *$' | tr -s ' ')`,
    `[ -z "$locks" ] || { printf '%s\\n' "$locks" >&2; exit ${inhibited}; }`,
    'systemctl reboot',
  ].join('\n');
  const result = await session
    .exec(script, { deadlineMs: commandDeadlineMs, signal, privileged: true })
    .catch((error: unknown) => {
      // A machine that goes down ends the connection, or falls silent.
      if (error instanceof AppError && (error.code === 'connection_lost' || error.code === 'timed_out'))
        return undefined;
      throw error;
    });
  const code = result?.exitCode ?? 0;
  if (code === 0 || code === otherBoot) return;
  const { address } = session.target;
  const stderr = result?.stderr.trim() ?? '';
  if (code === inhibited) {
    throw new AppError('command_failed', `${address} was not rebooted, because of an inhibitor there: ${stderr}`, {
      hint: `try again when it is gone; \`commctl exec host:${address} -- systemd-inhibit --list\` shows it`,
    });
  }
  throw new AppError('command_failed', `${address} refused to reboot (exit code ${code}): ${stderr}`, {
    hint: 'try `systemctl reboot` on the machine and see what stands in the way',
  });
}

export interface NewBootOptions {
  /** A session on a new connection: an earlier one could outlive the reboot for a moment. */
  connect: () => Promise<Lease>;
  oldBootId: string;
  deadlineMs: number;
  signal: AbortSignal;
  clock: Clock;
}

/** Of a machine that refuses nothing, in milliseconds. */
const pollPauses = { first: 500, longest: 2_000 };

/**
 * Waits until the machine answers SSH in another boot, and returns its boot id.
 *
 * @throws AppError `timed_out` saying whether it never went down or never came back, `host_key_changed`
 */
export async function waitForNewBoot(address: string, options: NewBootOptions): Promise<string> {
  const { connect, oldBootId, deadlineMs, signal, clock } = options;
  const end = clock.monotonic() + deadlineMs;
  const pauses = new PollPauses(pollPauses);
  let last: string;
  while (true) {
    let failure: unknown;
    try {
      using lease = await connect();
      const bootId = await readBootId(lease.session, signal);
      if (bootId !== oldBootId) return bootId;
      last = 'it still answers in the old boot';
    } catch (error) {
      signal.throwIfAborted();
      // A machine that goes down or comes up may cause any other error, including a login that pam_nologin(8) refuses.
      if (error instanceof AppError && error.code === 'host_key_changed') throw error;
      last = describeError(error);
      failure = error;
    }
    const left = end - clock.monotonic();
    if (left <= 0) break;
    await clock.sleep(Math.min(pauses.after(failure), left), signal);
  }
  throw new AppError('timed_out', `${address} did not come back within ${deadlineMs / 1000} s of its reboot: ${last}`, {
    hint: 'look at the console of the machine',
  });
}
