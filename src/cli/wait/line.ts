import type { HostState } from '../../operations/operation.ts';

/** One line of a screen, and its tone. */
export interface Line {
  text: string;
  tone: Tone;
}

export type Tone = 'plain' | 'quiet' | 'busy' | 'good' | 'bad';

export const tones: Readonly<Record<HostState, Tone>> = {
  pending: 'quiet',
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  unreachable: 'bad',
  skipped: 'quiet',
  cancelled: 'quiet',
};
