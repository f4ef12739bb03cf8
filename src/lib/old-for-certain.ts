import type { Clock } from './clock.ts';
import { betweenLooksMs } from './twice-expired.ts';

/**
 * Up to where the entries of a log are too old, when the calendar can jump for a moment and a removal is for good: what a look
 * found an hour ago, by the monotonic clock, and every look since. `TwiceExpired` for what has an order.
 */
export class OldForCertain {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Oldest first; the first one may be older than an hour. */
  #looks: { at: number; through: number }[] = [];

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * @param through the number of the last entry that is too old by the calendar now, 0 for none
   * @returns that of the last one that is for certain, 0 for none
   */
  look(through: number): number {
    const now = this.#clock.monotonic();
    this.#looks.push({ at: now, through });
    const isPast = (at: number) => now - at >= betweenLooksMs;
    while (this.#looks[1] !== undefined && isPast(this.#looks[1].at)) this.#looks.shift();
    const [first] = this.#looks;
    if (first === undefined || !isPast(first.at)) return 0;
    return Math.min(...this.#looks.map((look) => look.through));
  }
}
