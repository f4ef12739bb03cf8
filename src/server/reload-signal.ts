/**
 * Handles SIGUSR1 and SIGHUP, which ask the server to reload, from the first moment on: without a handler they would end
 * the process. The end of a terminal is a SIGHUP too, so it never ends a server. A signal that comes before the handler is set is handled once it is set.
 */
export class ReloadSignal implements Disposable {
  #handle: (() => Promise<void>) | undefined;
  #work = Promise.resolve();
  #isAsked = false;
  readonly #listener = () => this.#ask();

  constructor() {
    for (const signal of signals) process.on(signal, this.#listener);
  }

  /**
   * Runs one reload after the other: a signal during a reload starts another one after it. The handler must not throw.
   */
  handleWith(handle: () => Promise<void>): void {
    this.#handle = handle;
    if (this.#isAsked) this.#ask();
  }

  #ask(): void {
    if (this.#handle === undefined) this.#isAsked = true;
    else this.#work = this.#work.then(this.#handle);
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#listener);
  }
}

const signals = ['SIGUSR1', 'SIGHUP'] as const;
