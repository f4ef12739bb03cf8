import { systemClock } from '../../../lib/clock.ts';
import type { Terminal } from '../../terminal.ts';

/** The pause between two lines about the progress, in milliseconds. */
const pauseMs = 5_000;

/** Says on stderr how far a long import is. */
export function progressOn({ stderr }: Terminal): (done: number, total: number) => void {
  let saidAt = systemClock.monotonic();
  return (done, total) => {
    const now = systemClock.monotonic();
    if (now - saidAt < pauseMs || done === total) return;
    saidAt = now;
    void stderr.write(`commissaire: ${done} of ${total} records are imported\n`);
  };
}
