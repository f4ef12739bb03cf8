import type { Clock } from '../../lib/clock.ts';

/** Lines a second in the long run, and the most at once. */
const perSecond = 2_000;
const burst = 20_000;

/**
 * Bounds how many lines the log gets: a fault that repeats must not fill the disk or take all time of the process.
 * Errors are never left out.
 */
export class LineRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #left = burst;
  #at: number;
  #leftOut = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#at = clock.monotonic();
  }

  /** Takes a place for a line. False when the line must be left out. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * perSecond) / 1000);
    this.#at = now;
    if (this.#left < 1) {
      this.#leftOut += 1;
      return false;
    }
    this.#left -= 1;
    return true;
  }

  /** How many lines were left out since this was last asked. */
  leftOut(): number {
    const count = this.#leftOut;
    this.#leftOut = 0;
    return count;
  }
}
