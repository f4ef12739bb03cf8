/**
 * Handles SIGUSR1, which asks the server to reload, from the first moment on: without a handler it would end the
 * process. A signal that comes before the handler is set is handled once it is set.
 */
export class ReloadSignal implements Disposable {
  #handle: (() => Promise<void>) | undefined;
  #work = Promise.resolve();
  #isAsked = false;
  readonly #listener = () => this.#ask();

  constructor() {
    process.on('SIGUSR1', this.#listener);
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
    process.off('SIGUSR1', this.#listener);
  }
}
