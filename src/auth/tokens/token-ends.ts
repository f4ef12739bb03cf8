import { type Clock, parseTimestamp } from '../../lib/clock.ts';
import type { Store } from '../../store/contract.ts';
import { livingToken } from './living-token.ts';

/** Timers cannot wait longer than some 24 days. */
const longestWaitMs = 24 * 3_600_000;

/**
 * Signals when a token ends: long answers to its bearer must end then too. Each requested token has one watch until it
 * ends.
 */
export class TokenEnds implements Disposable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #watched = new Map<string, AbortSignal>();
  /** Wakes all watches each time a token was revoked. */
  readonly #waits = new Set<AbortController>();
  readonly #subscription: Disposable;
  #isDisposed = false;

  constructor({ store, clock }: { store: Store; clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
    this.#subscription = store.events.subscribe(({ type, action }) => {
      if (type === 'token' && action === 'revoked') this.#wake();
    });
  }

  /** Fires when the token has expired or was revoked, with an AppError `credentials_refused` as its reason. */
  endOf(id: string): AbortSignal {
    const known = this.#watched.get(id);
    if (known !== undefined) return known;
    const ended = new AbortController();
    this.#watched.set(id, ended.signal);
    this.#watch(id)
      .catch((reason) => ended.abort(reason))
      .finally(() => this.#watched.delete(id));
    return ended.signal;
  }

  /** Ends all watches without a signal. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#subscription[Symbol.dispose]();
    this.#wake();
  }

  /** Waits as long as the token lives. @throws AppError `credentials_refused` once it has ended */
  async #watch(id: string): Promise<void> {
    while (!this.#isDisposed) {
      const wait = new AbortController();
      // Before the read, so that a later revocation is not missed.
      this.#waits.add(wait);
      const now = this.#clock.now();
      const { expires_at } = await livingToken(this.#store, id, now);
      const left = parseTimestamp(expires_at) - now.getTime();
      // Woken or not: read the token again.
      await this.#clock.sleep(Math.min(left, longestWaitMs), wait.signal).catch(() => {});
      this.#waits.delete(wait);
    }
  }

  #wake(): void {
    for (const wait of this.#waits) wait.abort();
    this.#waits.clear();
  }
}
