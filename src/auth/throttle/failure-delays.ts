import { BackOff } from '../../lib/back-off.ts';
import type { Clock } from '../../lib/clock.ts';

export interface DelayOptions {
  readonly clock: Clock;
  /** The number of failures without a pause. */
  readonly free: number;
  /** Milliseconds to wait after the first failure beyond those; doubled by each further failure. */
  readonly first: number;
  readonly longest: number;
  /** The number of remembered keys; those that failed longest ago are dropped first. */
  readonly keys?: number;
}

interface Failures {
  count: number;
  /** Attempts whose outcome is not known yet: until then they count as failures. */
  underWay: number;
  /** No attempt before this moment of the monotonic clock. */
  until: number;
  readonly pauses: BackOff;
}

/** Milliseconds without a failure after which a key is forgotten. */
const forgetAfter = 15 * 60_000;

/** Growing pauses between failed attempts, by key. Memory is bounded, whatever the number of keys. */
export class FailureDelays {
  readonly #options: Required<DelayOptions>;
  /** In the order of their last attempt. */
  readonly #failures = new Map<string, Failures>();

  constructor(options: DelayOptions) {
    this.#options = { keys: 10_000, ...options };
  }

  /** Milliseconds until the next attempt may be made; 0 for now. */
  wait(key: string): number {
    const known = this.#failures.get(key);
    if (known === undefined) return 0;
    const { free, first, clock } = this.#options;
    const rest = known.until - clock.monotonic();
    if (rest > 0) return rest;
    // As many concurrent attempts as may fail without a pause, and then one at a time.
    return known.underWay >= Math.max(1, free - known.count) ? first : 0;
  }

  /** To be called before an attempt; one of the methods for its outcome must follow. */
  begin(key: string): void {
    const { first, longest } = this.#options;
    const known = this.#failures.get(key) ?? {
      count: 0,
      underWay: 0,
      until: 0,
      pauses: new BackOff({ first, longest }),
    };
    this.#failures.delete(key);
    this.#failures.set(key, known);
    known.underWay += 1;
    this.#forget();
  }

  failed(key: string): void {
    const known = this.#failures.get(key);
    if (known === undefined) return;
    const { free, clock } = this.#options;
    known.underWay -= 1;
    known.count += 1;
    if (known.count < free) return;
    known.until = clock.monotonic() + known.pauses.next();
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** The attempt neither failed nor succeeded. */
  abandoned(key: string): void {
    const known = this.#failures.get(key);
    if (known !== undefined) known.underWay -= 1;
  }

  #forget(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, { underWay, until }] of this.#failures) {
      const isOld = underWay === 0 && until + forgetAfter < now;
      if (!isOld && this.#failures.size <= this.#options.keys) return;
      this.#failures.delete(key);
    }
  }
}
