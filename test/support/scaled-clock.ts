import { type Clock, systemClock } from '../../src/lib/clock.ts';

/** A clock that goes this many times faster than the real one, for what waits minutes between real connections. */
export function scaledClock(factor: number): Clock {
  const start = Date.now();
  return {
    now: () => new Date(start + (Date.now() - start) * factor),
    monotonic: () => performance.now() * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
