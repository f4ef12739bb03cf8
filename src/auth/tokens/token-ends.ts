import { type Clock, parseTimestamp } from '../../lib/clock.ts';
import type { Store } from '../../store/contract.ts';
import { livingToken } from './living-token.ts';

/** Timers cannot wait for longer than some 24 days. */
const longestWaitMs = 24 * 3_600_000;

/**
 * Tells at the moment when a token ends: what goes on being answered to its bearer has to end then too. Each token that was
 * asked for is watched until it does, once.
 */
export class TokenEnds implements Disposable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #watched = new Map<string, AbortSignal>();
  /** What wakes those who wait for the end of a token, each time that one was revoked. */
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

  /** Nobody is told of anything any more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#subscription[Symbol.dispose]();
    this.#wake();
  }

  /** Goes on for as long as the token lives. @throws AppError `credentials_refused` when it does not any more */
  async #watch(id: string): Promise<void> {
    while (!this.#isDisposed) {
      const wait = new AbortController();
      // Before the look: what is revoked after it must not be missed.
      this.#waits.add(wait);
      const now = this.#clock.now();
      const { expires_at } = await livingToken(this.#store, id, now);
      const left = parseTimestamp(expires_at) - now.getTime();
      // Woken, or not: either way it is time for another look.
      await this.#clock.sleep(Math.min(left, longestWaitMs), wait.signal).catch(() => {});
      this.#waits.delete(wait);
    }
  }

  #wake(): void {
    for (const wait of this.#waits) wait.abort();
    this.#waits.clear();
  }
}
