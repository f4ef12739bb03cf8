import { readDuration } from './durations.ts';

/** The smallest and the largest value of a reboot timeout, in seconds. */
export const rebootTimeoutRange = [1, 86_400] as const;

/** The label of a host, and the member of a cluster and of a strategy, that sets its reboot timeout. */
export const rebootTimeoutName = 'reboot_timeout';

/** The value of a label in seconds, with or without a unit; undefined when it is none. */
export function readRebootTimeout(text: string): number | undefined {
  const [least, most] = rebootTimeoutRange;
  const seconds = readDuration(text) ?? 0;
  return seconds >= least && seconds <= most ? seconds : undefined;
}

/** What a reboot timeout must be, in words. */
export const rebootTimeoutRule = `a duration from 1 s to 24 h, such as 600, 90s, 10m or 1h30m`;
