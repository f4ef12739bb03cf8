import type { HostState } from '../../operations/operation.ts';

/** One line of a screen, and its tone. */
export interface Line {
  text: string;
  tone: Tone;
}

export type Tone = 'plain' | 'quiet' | 'busy' | 'good' | 'warning' | 'bad';

/** Parameters of SGR (ECMA-48, 8.3.117). */
export const colours: Readonly<Record<Tone, number | undefined>> = {
  plain: undefined,
  quiet: 2,
  busy: 36,
  good: 32,
  warning: 33,
  bad: 31,
};

export const tones: Readonly<Record<HostState, Tone>> = {
  pending: 'quiet',
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  unreachable: 'bad',
  skipped: 'quiet',
  cancelled: 'quiet',
};
