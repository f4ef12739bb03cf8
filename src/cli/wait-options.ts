import type { Option, Options } from './declaration.ts';

/** How long a command waits. */
export const waitTimeout = {
  type: 'duration',
  minimum: 1,
  maximum: 2_000_000,
  summary: 'stop waiting after this time; the operation goes on',
} as const satisfies Option;

/** Of commands that start an operation: `--timeout` of the strategy is the time for one machine. */
export const waitOptions = {
  wait: { type: 'flag', summary: 'watch the operation until it ends' },
  waitTimeout: { ...waitTimeout, summary: 'the same for at most this time; then the operation goes on unwatched' },
} as const satisfies Options;

/** Of commands that wait unless told otherwise. */
export const noWaitOptions = {
  noWait: { type: 'flag', summary: 'start the operation, and do not wait for its end' },
  waitTimeout,
} as const satisfies Options;

/** Whether a command waits, and at most how many seconds. */
export interface Waiting {
  readonly waits: boolean;
  readonly seconds: number | undefined;
}

/** `--wait-timeout` alone waits, too. */
export function waitingOf({ wait, waitTimeout }: { wait: boolean; waitTimeout: number | undefined }): Waiting {
  return { waits: wait || waitTimeout !== undefined, seconds: waitTimeout };
}
