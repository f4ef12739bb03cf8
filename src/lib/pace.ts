/** Milliseconds that a loop may go on before others get their turn. */
const stretchMs = 8;

/**
 * For a loop over very many things: `if (pace.isDue) await pace.rest()` lets everybody else go on in between. A loop that only
 * awaits what is there already keeps all others waiting to its end.
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

  /** Resolves once others had their turn. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = this.#now();
  }
}
