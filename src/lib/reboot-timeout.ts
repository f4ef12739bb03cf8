/** The smallest and the largest value of a reboot timeout, in seconds. */
export const rebootTimeoutRange = [1, 86_400] as const;

/** The label of a host, and the member of a cluster and of a strategy, that sets its reboot timeout. */
export const rebootTimeoutName = 'reboot_timeout';

/** The value of a label in seconds; undefined when it is none. */
export function readRebootTimeout(text: string): number | undefined {
  const [least, most] = rebootTimeoutRange;
  const seconds = /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 0;
  return seconds >= least && seconds <= most ? seconds : undefined;
}

/** What a reboot timeout must be, in words. */
export const rebootTimeoutRule = `a whole number of seconds from ${rebootTimeoutRange.join(' to ')}`;
