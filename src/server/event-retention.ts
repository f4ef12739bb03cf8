import { type Clock, dayMs, parseTimestamp } from '../lib/clock.ts';
import { OldForCertain } from '../lib/old-for-certain.ts';
import type { Sweep } from '../lib/sweep.ts';
import type { EventLog } from '../store/contract.ts';

export interface EventRetentionOptions {
  events: EventLog;
  clock: Clock;
  /** How long an event is kept. */
  days: number;
}

const atOnce = 500;

/**
 * Removes events that are too old, except the newest. A reader before them sees a gap, as when there are too many
 * events.
 */
export class EventRetention implements Sweep {
  readonly what = 'events';
  readonly #options: EventRetentionOptions;
  readonly #old: OldForCertain;

  constructor(options: EventRetentionOptions) {
    this.#options = options;
    this.#old = new OldForCertain(options.clock);
  }

  async sweep(signal: AbortSignal): Promise<number> {
    const { events } = this.#options;
    const { first } = await events.bounds();
    const through = this.#old.look(await this.#oldThrough(signal));
    let removed = 0;
    for (let sequence = first; sequence <= through; sequence += atOnce) {
      signal.throwIfAborted();
      const next = Math.min(through, sequence + atOnce - 1);
      await events.removeThrough(next);
      removed += next - sequence + 1;
    }
    return removed;
  }

  /** The number of the last event that is too old by the calendar, 0 for none. */
  async #oldThrough(signal: AbortSignal): Promise<number> {
    const { events, clock, days } = this.#options;
    const { first, last } = await events.bounds();
    const until = clock.now().getTime() - days * dayMs;
    let through = 0;
    for (let after = first - 1; after < last - 1; ) {
      signal.throwIfAborted();
      const page = await events.read(after, atOnce);
      for (const { sequence, at } of page) {
        if (sequence === last || parseTimestamp(at) > until) return through;
        through = sequence;
      }
      if (page.length === 0) return through;
      after = through;
    }
    return through;
  }
}
