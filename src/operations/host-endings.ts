import type { HostOutcome, NewEntry } from './entry.ts';

/** How a host ends on which nothing is left to be tidied up. */
export function hostEnded(host: string, outcome: HostOutcome): NewEntry {
  return { type: 'host_ended', host, ...outcome, untidy: false };
}

/** How a host ends that was not begun with. */
export function notStarted(host: string, reason: string): NewEntry {
  const error = { code: 'not_started', message: `not started: ${reason}` };
  return hostEnded(host, { state: 'cancelled', exit_code: null, error });
}
