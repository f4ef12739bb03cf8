import type { Database } from 'lmdb';
import { type Clock, timestamp } from '../lib/clock.ts';
import type { CommitFeed } from './commit-feed.ts';
import type { EventLog, NewEvent, StoredEvent } from './contract.ts';
import { readable } from './json-values.ts';
import { type EventCounters, eventTable } from './tables.ts';

/** How many events one new one pushes out at most. */
const removedAtOnce = 10;

/** The events of a store, in a table of LMDB by their sequence number. */
export class EventTable implements EventLog {
  readonly #table: () => Database<unknown, string>;
  readonly #counters: () => EventCounters;
  readonly #change: (work: (counters: EventCounters) => void) => Promise<void>;
  readonly #clock: Clock;
  readonly #maxEvents: number;
  readonly #feed: CommitFeed;

  /** `table` and `counters` are read at each call; they throw when the store is closed. */
  constructor(options: {
    table: () => Database<unknown, string>;
    counters: () => EventCounters;
    /** Changes the counters in a transaction of LMDB of its own, with what else is written there. */
    change: (work: (counters: EventCounters) => void) => Promise<void>;
    clock: Clock;
    feed: CommitFeed;
    /** The oldest go when there are more. */
    maxEvents: number;
  }) {
    this.#table = options.table;
    this.#counters = options.counters;
    this.#change = options.change;
    this.#clock = options.clock;
    this.#maxEvents = options.maxEvents;
    this.#feed = options.feed;
  }

  async read(after: number, limit: number): Promise<StoredEvent[]> {
    return Array.from(this.#table().getRange({ start: eventKey(after + 1), limit }), ({ key, value }) => {
      // Nothing else is written there.
      return readable(eventTable, key, value) as StoredEvent;
    });
  }

  async bounds(): Promise<{ first: number; last: number }> {
    const { sequence, firstEvent } = this.#counters();
    return sequence === 0 ? { first: 0, last: 0 } : { first: firstEvent, last: sequence };
  }

  async removeThrough(sequence: number): Promise<void> {
    const table = this.#table();
    await this.#change((counters) => {
      const through = Math.min(sequence, counters.sequence - 1);
      for (; counters.firstEvent <= through; counters.firstEvent += 1) table.removeSync(eventKey(counters.firstEvent));
    });
  }

  subscribe(listener: (event: StoredEvent) => void): Disposable {
    return this.#feed.subscribe(listener);
  }

  /** Writes events within a transaction of LMDB, and moves `counters` on, which are written with it. */
  append(events: readonly NewEvent[], counters: EventCounters): StoredEvent[] {
    const at = timestamp(this.#clock.now());
    const table = this.#table();
    return events.map((event) => {
      counters.sequence += 1;
      const stored: StoredEvent = { sequence: counters.sequence, at, ...event };
      table.putSync(eventKey(stored.sequence), stored);
      // Few at a time: after the limit was lowered there may be very many.
      for (let n = 0; n < removedAtOnce && counters.sequence - counters.firstEvent >= this.#maxEvents; n += 1) {
        table.removeSync(eventKey(counters.firstEvent));
        counters.firstEvent += 1;
      }
      return stored;
    });
  }
}

function eventKey(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
