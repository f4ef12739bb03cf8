import { type Clock, dayMs, parseTimestamp } from '../lib/clock.ts';
import type { Sweep } from '../lib/sweep.ts';
import { TwiceExpired } from '../lib/twice-expired.ts';
import type { Store } from '../store/contract.ts';
import { deadLetterRecords } from './dead-letters.ts';

export interface DeadLetterRetentionOptions {
  store: Store;
  clock: Clock;
  /** How long dead letters are kept. */
  days: number;
}

/** How many one transaction removes. */
const atOnce = 100;

/** Removes dead letters that are too old. */
export class DeadLetterRetention implements Sweep {
  readonly what = 'dead letters';
  readonly #options: DeadLetterRetentionOptions;
  readonly #expired: TwiceExpired;

  constructor(options: DeadLetterRetentionOptions) {
    this.#options = options;
    this.#expired = new TwiceExpired(options.clock);
  }

  async sweep(signal: AbortSignal): Promise<number> {
    const { store, clock, days } = this.#options;
    const until = clock.now().getTime() - days * dayMs;
    const old: string[] = [];
    for await (const { key, value } of store.list(deadLetterRecords))
      if (parseTimestamp(value.at) <= until) old.push(key);
    const certain = [...this.#expired.look(old)];
    for (let from = 0; from < certain.length; from += atOnce) {
      signal.throwIfAborted();
      await store.transact(async (tx) => {
        for (const key of certain.slice(from, from + atOnce)) tx.delete(deadLetterRecords, key);
      }, 'journal');
    }
    return certain.length;
  }
}
