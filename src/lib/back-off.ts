import type { Clock } from './clock.ts';

export interface Pauses {
  /** Milliseconds of the first pause. */
  readonly first: number;
  readonly longest: number;
  /** A factor for each pause, so that waiting callers do not all return at once. Without it pauses are exact. */
  readonly spread?: () => number;
}

/** Pauses between attempts, each twice as long as the one before. */
export class BackOff {
  readonly #pauses: Pauses;
  #next: number;

  constructor(pauses: Pauses) {
    this.#pauses = pauses;
    this.#next = pauses.first;
  }

  /** Milliseconds of the pause before the next attempt. */
  next(): number {
    const { longest, spread } = this.#pauses;
    const pause = Math.min(this.#next, longest);
    this.#next = pause * 2;
    return spread === undefined ? pause : pause * spread();
  }

  /** The next pause is the first one again. */
  reset(): void {
    this.#next = this.#pauses.first;
  }

  /** Resolves after the next pause, or rejects with the signal's reason. */
  sleep(clock: Clock, signal?: AbortSignal): Promise<void> {
    return clock.sleep(this.next(), signal);
  }
}
