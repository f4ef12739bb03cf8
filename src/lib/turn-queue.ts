/** Calls in one turn of the event loop. Each may start code that runs for some tenths of a millisecond. */
const callsPerTurn = 16;

/**
 * Calls functions in order, only a few of them in one turn of the event loop: hundreds of calls at once would delay all
 * other work in the process. A short list is called at once.
 */
export class TurnQueue {
  #waiting: Array<() => void> = [];
  #isScheduled = false;

  add(calls: readonly (() => void)[]): void {
    this.#waiting.push(...calls);
    if (!this.#isScheduled) this.#callSome();
  }

  #callSome(): void {
    const calls = this.#waiting.splice(0, callsPerTurn);
    this.#isScheduled = this.#waiting.length > 0;
    if (this.#isScheduled) setImmediate(() => this.#callSome());
    for (const call of calls) call();
  }
}
