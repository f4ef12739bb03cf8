import { AppError, describeError } from '../lib/errors.ts';
import type { HostOutcome } from './entry.ts';

/** Codes of errors that mean that no connection to the host could be made. */
const outOfReach: readonly string[] = ['unreachable', 'host_busy'];

/**
 * Distinguishes an unreachable host from one on which something failed.
 *
 * @param intended whether the current step has an intent in the journal. Before it, the step has changed nothing on the
 *   host, so that a lost connection is no failure of the host, and the step may be tried again.
 */
export function outcomeOf(error: unknown, { intended }: { intended: boolean }): HostOutcome {
  const code = error instanceof AppError ? error.code : 'internal_error';
  const isUnreachable = outOfReach.includes(code) || (!intended && saysNothingOfTheHost(error));
  const state = isUnreachable ? 'unreachable' : 'failed';
  return { state, exit_code: null, error: { code, message: describeError(error) } };
}

/**
 * Whether the connection is to blame and not the host: it was lost, the host took no command over a connection that was
 * kept open, or a jump host could not be used, whatever the reason.
 */
function saysNothingOfTheHost(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const { code, details = {} } = error;
  if (code === 'connection_lost' || details.jump_host !== undefined) return true;
  return code === 'timed_out' && details.phase === 'channel';
}
