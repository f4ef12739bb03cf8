import type { HostOutcome, NewEntry } from './entry.ts';

/** The end of a host on which nothing is left to be tidied up. */
export function hostEnded(host: string, outcome: HostOutcome): NewEntry {
  return { type: 'host_ended', host, ...outcome, untidy: false };
}

/** The end of a host that was not started. */
export function notStarted(host: string, reason: string): NewEntry {
  const error = { code: 'not_started', message: `not started: ${reason}` };
  return hostEnded(host, { state: 'cancelled', exit_code: null, error });
}
