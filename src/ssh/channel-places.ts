import { abortable } from '../lib/abortable.ts';

/**
 * Who has a channel of a connection, or has asked for one. How many there may be is the machine's secret (MaxSessions
 * of sshd_config(5)): one that is refused waits for another one to end.
 */
export class ChannelPlaces {
  #taken = 0;
  #freed = Promise.withResolvers<void>();

  take(): void {
    this.#taken += 1;
  }

  free(): void {
    this.#taken -= 1;
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  /**
   * Gives back a place that the machine refused, and waits until asking again makes sense. False when nobody has a
   * place, so that it never will. Rejects with the signal's reason.
   */
  async waitForAnother(signal: AbortSignal): Promise<boolean> {
    if (this.#taken === 1) {
      this.free();
      return false;
    }
    this.#taken -= 1;
    await abortable(this.#freed.promise, signal);
    return true;
  }
}
