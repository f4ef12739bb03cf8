import type { Semaphore } from '../lib/semaphore.ts';

/** The request of one session for a place among those that may be open. The session can drop it while it waits. */
export class SessionPlace {
  readonly #places: Semaphore;
  readonly #waived = Promise.withResolvers<void>();
  #isWaived = false;
  #giveBack: (() => void) | undefined;

  constructor(places: Semaphore) {
    this.#places = places;
  }

  /** Waits for the place, or until the session does not need one. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<void> {
    if (this.#isWaived) return;
    const taken = this.#places.acquire(signal).then((giveBack) => {
      if (this.#isWaived) giveBack();
      else this.#giveBack = giveBack;
    });
    await Promise.race([taken, this.#waived.promise]);
  }

  /** The session does not need a place any more. */
  waive(): void {
    this.#isWaived = true;
    this.#giveBack?.();
    this.#waived.resolve();
  }

  /** May be called more than once. */
  release(): void {
    this.#giveBack?.();
  }
}
