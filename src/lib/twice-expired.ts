import type { Clock } from './clock.ts';

/** Between the first look that finds a thing expired and the one from which on that is certain. */
export const betweenLooksMs = 3_600_000;

/**
 * What may be deleted because it has expired. The calendar can jump for a moment, and a deletion is for good: a thing has
 * expired for certain when a second look, an hour later by the monotonic clock, finds it expired as well.
 *
 * What was seen is not written down, so the first look after a start is a first one: a machine whose calendar is wrong
 * when it boots is wrong at each boot.
 */
export class TwiceExpired {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By key, when a look first found the thing expired, by the monotonic clock. */
  #since = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * Those of the keys whose things have expired for certain.
   *
   * @param expired the keys of all things that are expired by the calendar now; what is not among them has not expired, and
   *   whatever an earlier look found of it counts no more
   */
  look(expired: Iterable<string>): ReadonlySet<string> {
    const now = this.#clock.monotonic();
    const since = new Map<string, number>();
    for (const key of expired) since.set(key, this.#since.get(key) ?? now);
    this.#since = since;
    const certain = [...since].filter(([, first]) => now - first >= betweenLooksMs);
    return new Set(certain.map(([key]) => key));
  }
}
