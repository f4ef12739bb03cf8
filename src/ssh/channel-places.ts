import { abortable } from '../lib/abortable.ts';

/**
 * The commands that have or request a channel of a connection. The machine does not tell how many channels it allows
 * (MaxSessions of sshd_config(5)): a refused command waits until another one ends.
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
   * Gives back a place that the machine refused, and waits until another attempt makes sense. False when no command has
   * a place, so that waiting would not help. Rejects with the signal's reason.
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
