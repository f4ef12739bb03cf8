import type { Clock } from './clock.ts';
import { betweenLooksMs } from './twice-expired.ts';

/**
 * Finds the entries of a log that are certainly too old, because the calendar can jump for a moment and a removal is
 * final. An entry counts when a check an hour ago, by the monotonic clock, and every check since found it too old. This
 * is `TwiceExpired` for an ordered log.
 */
export class OldForCertain {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Oldest first; the first check may be older than an hour. */
  #looks: { at: number; through: number }[] = [];

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * Adds a check.
   *
   * @param through the number of the last entry that is too old by the calendar now, 0 for none
   * @returns the number of the last entry that is certainly too old, 0 for none
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
