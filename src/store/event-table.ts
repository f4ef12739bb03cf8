import { type Clock, timestamp } from '../lib/clock.ts';
import { Pace } from '../lib/pace.ts';
import type { CommitFeed } from './commit-feed.ts';
import type { AnyCollection, Entry, EventLog, EventSource, Reader, StoredEvent } from './contract.ts';
import { type EventRow, type EventRows, type EventRun, isRun, RowWriter, rowKey } from './event-row.ts';
import type { EventCounters } from './tables.ts';
import type { PendingEvent } from './transaction.ts';

export interface EventTableOptions {
  /** Both are read at each call; they throw when the store is closed. */
  rows: () => EventRows;
  counters: () => EventCounters;
  /** Changes the counters in a separate transaction of LMDB, together with what `work` writes. */
  change: (work: (counters: EventCounters) => void) => Promise<void>;
  clock: Clock;
  /** Announces durable events. */
  feed: CommitFeed;
  /** The table removes its oldest rows when it has more than these. */
  maxEvents: number;
  /** The tables of the records that contain events. */
  reader: Pick<Reader, 'get'>;
  /** The collections that can exist; by default those that were written to. */
  collections?: readonly AnyCollection[] | undefined;
}

/** The most rows that one new event removes. */
const removedAtOnce = 10;
/** The number of rows that are read together. */
const rowsAtOnce = 64;
/** The most events for each row, on average, so that reading all of them has a bound. */
const eventsPerRow = 10;

/** What to read of the log. */
interface Range {
  after: number;
  limit: number;
  last: number;
}

interface Places {
  from: number;
  to: number;
  first: number;
}

/**
 * The events of a store, in a table of LMDB: one row for each event, or for up to 64 events that records contain. The
 * key of a row is the number of its newest event.
 */
export class EventTable implements EventLog {
  readonly #options: EventTableOptions;
  readonly #sources = new Map<string, EventSource<unknown>>();

  constructor(options: EventTableOptions) {
    this.#options = options;
    for (const collection of options.collections ?? []) {
      if (isSource(collection)) this.#sources.set(collection.name, collection);
    }
  }

  async read(after: number, limit: number, last = Number.POSITIVE_INFINITY): Promise<StoredEvent[]> {
    const found: StoredEvent[] = [];
    const pace = new Pace();
    let position = after;
    while (found.length < limit && position < last) {
      const { firstEvent } = this.#options.counters();
      // Events that were removed meanwhile are a gap, which must precede the events of this answer, not interrupt them.
      if (found.length > 0 && position + 1 < firstEvent) break;
      // The row of the oldest event may begin with removed events.
      position = Math.max(position, firstEvent - 1);
      const rows = this.#options.rows().from(position + 1, Math.min(limit - found.length, rowsAtOnce));
      if (rows.length === 0) break;
      for (const { key, row } of rows) {
        const range = { after: position, limit: limit - found.length, last };
        if (range.limit === 0 || position >= last) break;
        found.push(...(await this.#eventsOf(key, row, range)));
        position = Number(key);
        if (pace.isDue) await pace.rest();
      }
    }
    return found;
  }

  async bounds(): Promise<{ first: number; last: number }> {
    const { sequence, firstEvent } = this.#options.counters();
    return sequence === 0 ? { first: 0, last: 0 } : { first: firstEvent, last: sequence };
  }

  async removeThrough(sequence: number): Promise<void> {
    await this.#options.change((counters) => {
      const through = Math.min(sequence, counters.sequence - 1);
      if (through < counters.firstEvent) return;
      const rows = this.#options.rows();
      const keys = rows.keys({ start: rowKey(counters.firstEvent), end: rowKey(through + 1) });
      for (const key of keys) rows.remove(key);
      counters.eventRows -= keys.length;
      counters.firstEvent = through + 1;
    });
  }

  subscribe(listener: (event: StoredEvent) => void): Disposable {
    return this.#options.feed.subscribe(listener);
  }

  /**
   * Writes events in a transaction of LMDB, and advances `counters`, which the caller writes in the same transaction.
   */
  append(events: readonly PendingEvent[], counters: EventCounters): StoredEvent[] {
    const now = timestamp(this.#options.clock.now());
    const rows = new RowWriter(this.#options.rows(), counters);
    const stored = events.map(({ event, record }) => {
      const numbered: StoredEvent = { sequence: counters.sequence + 1, at: now, ...event };
      if (record === undefined) rows.add(numbered);
      else {
        this.#sources.set(record.source.name, record.source);
        rows.addFrom(record, numbered);
      }
      return numbered;
    });
    rows.flush();
    this.#dropOldest(counters, events.length * removedAtOnce);
    return stored;
  }

  async #eventsOf(key: string, row: EventRow, range: Range): Promise<readonly StoredEvent[]> {
    if (isRun(row)) return this.#eventsIn(row, Number(key), range);
    return row.sequence <= range.last ? [row] : [];
  }

  /** @param newest the number of the last event of the run */
  async #eventsIn(run: EventRun, newest: number, { after, limit, last }: Range): Promise<readonly StoredEvent[]> {
    const first = newest - run.keys.length + 1;
    const end = Math.min(run.keys.length, last + 1 - first);
    const found: StoredEvent[] = [];
    // Some of these events may be gone: then there is room for more.
    for (let from = Math.max(0, after + 1 - first); from < end && found.length < limit; ) {
      const to = Math.min(end, from + limit - found.length);
      found.push(...(await this.#eventsBetween(run, { from, to, first })));
      from = to;
    }
    return found;
  }

  /** @param places in the run; `first` is the number of its first event */
  async #eventsBetween({ of, prefix, keys }: EventRun, places: Places): Promise<readonly StoredEvent[]> {
    const source = this.#sources.get(of);
    if (source === undefined) throw new Error(`nobody knows the events that stand in ${of}`);
    const { reader } = this.#options;
    const entries: Entry<unknown>[] = [];
    const numbers: number[] = [];
    for (let place = places.from; place < places.to; place += 1) {
      const entry = await reader.get(source, prefix + keys[place]);
      if (entry === undefined) continue;
      entries.push(entry);
      numbers.push(places.first + place);
    }
    if (entries.length === 0) return [];
    const events = await source.eventsIn(entries, reader);
    return events.flatMap((event, index) => {
      const sequence = numbers[index];
      return event === undefined || sequence === undefined ? [] : [{ sequence, ...event }];
    });
  }

  /** @param limit the most rows to remove: after `maxEvents` was lowered there may be very many */
  #dropOldest(counters: EventCounters, limit: number): void {
    const { maxEvents } = this.#options;
    const rows = this.#options.rows();
    for (let dropped = 0; dropped < limit && areTooMany(counters, maxEvents); dropped += 1) {
      const [key] = rows.keys({ start: rowKey(counters.firstEvent), limit: 1 });
      if (key === undefined) return;
      rows.remove(key);
      counters.eventRows -= 1;
      counters.firstEvent = Number(key) + 1;
    }
  }
}

function areTooMany(counters: EventCounters, maxEvents: number): boolean {
  const { eventRows: rows } = counters;
  const events = counters.sequence - counters.firstEvent + 1;
  return rows > maxEvents || (rows > 1 && events > maxEvents * eventsPerRow);
}

function isSource(collection: AnyCollection): collection is EventSource<unknown> {
  return collection.form !== 'bytes' && collection.eventsIn !== undefined;
}
