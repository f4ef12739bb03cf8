/** The reason of a server that ends without a failure. */
export class AskedToEnd extends Error {}

/**
 * SIGTERM and SIGINT. The first of them aborts an `AbortSignal`, also during the start. After it, and after disposal,
 * the default action of the system applies: the next signal ends the process.
 */
export class StopSignal implements Disposable {
  readonly #asked = new AbortController();
  #received: NodeJS.Signals | undefined;
  readonly #listener = (signal: NodeJS.Signals) => {
    this[Symbol.dispose]();
    this.#received = signal;
    this.#asked.abort(new AskedToEnd(`${signal} asks the server to end`));
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#listener);
  }

  /** Its reason is an `AskedToEnd`. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** Which signal it was. */
  get received(): NodeJS.Signals | undefined {
    return this.#received;
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#listener);
  }
}

const signals = ['SIGTERM', 'SIGINT'] as const;
