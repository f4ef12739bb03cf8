import type { Clock } from './clock.ts';

/** The time after a thing was first found expired at which it certainly is. */
export const betweenLooksMs = 3_600_000;

/**
 * Finds what may be deleted because it has expired. The calendar can jump for a moment, and a deletion is final: a
 * thing is certainly expired when a second check, an hour later by the monotonic clock, finds it expired as well.
 *
 * Checks are not stored, so the first check after a start never deletes: a machine whose calendar is wrong when it
 * boots is wrong at each boot.
 */
export class TwiceExpired {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By key, when a check first found the thing expired, by the monotonic clock. */
  #since = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * The keys whose things have certainly expired.
   *
   * @param expired the keys of all things that are expired by the calendar now; for any other key, earlier checks are
   *   forgotten
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
