/** Milliseconds that a loop may run before other work gets a turn. */
const stretchMs = 8;

/**
 * For a loop over very many items: `if (pace.isDue) await pace.rest()` lets other work run in between. A loop that only
 * awaits values that are ready keeps all other work waiting until its end.
 */
export class Pace {
  readonly #now: () => number;
  #since: number;

  /** @param now milliseconds that never jump */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  get isDue(): boolean {
    return this.#now() - this.#since >= stretchMs;
  }

  /** Resolves once other work has had its turn. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = this.#now();
  }
}
