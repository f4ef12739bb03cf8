import type { Clock } from '../../lib/clock.ts';

/** The number of remembered senders; those that were silent longest are dropped first. */
const maxSenders = 10_000;

interface Bucket {
  /** Requests that may come at once. */
  tokens: number;
  /** By the monotonic clock. */
  at: number;
}

/** A number of requests per second for each sender, and twice as many at once (a token bucket each). */
export class RequestRate {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param perSecond at least 1 */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Milliseconds until the sender may send a request; 0 when this one may pass, which counts it. */
  take(sender: string): number {
    const now = this.#clock.monotonic();
    const most = this.#perSecond * 2;
    const { tokens, at } = this.#buckets.get(sender) ?? { tokens: most, at: now };
    const filled = Math.min(most, tokens + ((now - at) / 1000) * this.#perSecond);
    const isLet = filled >= 1;
    this.#buckets.delete(sender);
    this.#buckets.set(sender, { tokens: isLet ? filled - 1 : filled, at: now });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= maxSenders) break;
      this.#buckets.delete(oldest);
    }
    return isLet ? 0 : ((1 - filled) / this.#perSecond) * 1000;
  }
}
