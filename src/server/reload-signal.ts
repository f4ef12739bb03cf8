/**
 * SIGUSR1, which asks the server to reload, from the first moment on: without a handler it would end the process. What
 * is asked before there is anything to reload is done as soon as there is.
 */
export class ReloadSignal implements Disposable {
  #handle: (() => void) | undefined;
  #isAsked = false;
  readonly #listener = () => this.#ask();

  constructor() {
    process.on('SIGUSR1', this.#listener);
  }

  handleWith(handle: () => void): void {
    this.#handle = handle;
    if (this.#isAsked) handle();
  }

  #ask(): void {
    if (this.#handle === undefined) this.#isAsked = true;
    else this.#handle();
  }

  [Symbol.dispose](): void {
    process.off('SIGUSR1', this.#listener);
  }
}
