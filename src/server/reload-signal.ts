/**
 * SIGUSR1, which asks the server to reload, from the first moment on: without a handler it would end the process. What
 * is asked before there is anything to reload is done as soon as there is.
 */
export class ReloadSignal implements Disposable {
  #handle: (() => Promise<void>) | undefined;
  #work = Promise.resolve();
  #isAsked = false;
  readonly #listener = () => this.#ask();

  constructor() {
    process.on('SIGUSR1', this.#listener);
  }

  /** One after the other: what is asked for during a reload comes after it. The handler must not throw. */
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
