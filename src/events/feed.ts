import type { Clock } from '../lib/clock.ts';
import { Pace } from '../lib/pace.ts';
import type { EventLog, StoredEvent } from '../store/contract.ts';
import { type LostEvents, lostAfter } from '../store/lost-events.ts';
import type { EventChoice } from './choice.ts';
import { eventForAll } from './for-all.ts';

/**
 * An event in the forms that are sent, made once for all followers: it contains nothing that not all of them may know.
 */
export interface EncodedEvent {
  event: StoredEvent;
  json: string;
  /** As one event of an event stream (WHATWG HTML, section 9.2). */
  block: Uint8Array;
}

/** The next page after a position: a range of events that are no longer kept, or events. */
export type Page = { lost: LostEvents } | { events: readonly EncodedEvent[]; reached: number };

export interface EventFeedOptions {
  log: EventLog;
  clock: Clock;
  /** Milliseconds between two heartbeats to a follower. */
  heartbeat?: number;
}

/** A follower of the feed. */
export interface Listener {
  /** The number of the newest event that it has taken. */
  readonly position: number;
  beat(): void;
  wake(): void;
}

const defaultHeartbeat = 15_000;
/** The most that a follower holds: a page, which ends with the event that exceeds this number of bytes. */
const page = { events: 64, bytes: 256 * 1024 };
/** The newest events that are kept in memory for all followers together. */
const kept = { events: 1024, bytes: 4 * 1024 * 1024 };

/**
 * Lets followers read the stored log. All followers share one subscription and the encoded newest events. A follower
 * that is further behind reads the log by pages: nothing is queued per follower.
 */
export class EventFeed implements Disposable {
  readonly #log: EventLog;
  readonly #subscription: Disposable;
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  #recent: EncodedEvent[] = [];
  #recentBytes = 0;
  #newest = 0;
  /** The page that was read from the log last: followers that are behind are often at the same place. */
  #read: { after: number; events: readonly EncodedEvent[] } = { after: 0, events: [] };
  readonly #pace = new Pace();

  constructor({ log, clock, heartbeat = defaultHeartbeat }: EventFeedOptions) {
    this.#log = log;
    this.#subscription = log.subscribe((event) => this.#take(event));
    // The sleep rejects when the feed is closed, which ends the heartbeats.
    this.#beat(clock, heartbeat).catch(() => {});
  }

  /** The sequence number of the newest event. */
  async position(): Promise<number> {
    return Math.max(this.#newest, (await this.#log.bounds()).last);
  }

  /** Whether an event came after this position since the feed was made. */
  isPast(position: number): boolean {
    return this.#newest > position;
  }

  /** The events after a position, and the position up to which they are complete. */
  async after(position: number): Promise<Page> {
    const [oldest] = this.#recent;
    if (oldest !== undefined && position >= oldest.event.sequence - 1) {
      return pageOf(this.#recent.slice(position - oldest.event.sequence + 1), position);
    }
    const { last } = await this.#log.bounds();
    const read = await this.#readAfter(position);
    const lost = await lostAfter(
      this.#log,
      position,
      read.map(({ event }) => event),
    );
    return lost === undefined ? pageOf(read, Math.max(position, last)) : { lost };
  }

  /** The newest `limit` events that match, oldest first. */
  async newest(choice: EventChoice, limit: number): Promise<StoredEvent[]> {
    await choice.refresh();
    const found: StoredEvent[] = [];
    const pace = new Pace();
    const { first } = await this.#log.bounds();
    let end = await this.position();
    while (found.length < limit && end >= first && end > 0) {
      const begin = Math.max(end - page.events, first - 1);
      const events = await this.#log.read(begin, end - begin, end);
      found.unshift(...events.filter((event) => choice.isWanted(event)).map(eventForAll));
      end = begin;
      if (pace.isDue) await pace.rest();
    }
    return found.slice(-limit);
  }

  /** The oldest `limit` matching events after a position. */
  async oldest(choice: EventChoice, { since, limit }: { since: number; limit: number }): Promise<StoredEvent[]> {
    await choice.refresh();
    const found: StoredEvent[] = [];
    const pace = new Pace();
    for (let position = since; found.length < limit; ) {
      const events = await this.#log.read(position, page.events);
      found.push(...events.filter((event) => choice.isWanted(event)).map(eventForAll));
      const last = events.at(-1);
      if (last === undefined) break;
      position = last.sequence;
      if (pace.isDue) await pace.rest();
    }
    return found.slice(0, limit);
  }

  /** How many callers follow, and how many events the slowest of them has not taken. */
  followers(): { count: number; lag: number } {
    const lags = Array.from(this.#listeners, ({ position }) => Math.max(0, this.#newest - position));
    return { count: lags.length, lag: Math.max(0, ...lags) };
  }

  listen(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    this.#subscription[Symbol.dispose]();
  }

  #take(event: StoredEvent): void {
    // An event that is announced again is not new, and the newest one stays the newest.
    if (event.sequence <= this.#newest) return;
    // Lookup by number needs a sequence without gaps; without followers no sequence is kept.
    if (this.#listeners.size === 0 || event.sequence !== this.#newest + 1) this.#forget();
    this.#newest = event.sequence;
    if (this.#listeners.size === 0) return;
    const encoded = encode(event);
    this.#recent.push(encoded);
    this.#recentBytes += encoded.block.length;
    while (this.#recent.length > kept.events || this.#recentBytes > kept.bytes) {
      this.#recentBytes -= this.#recent.shift()?.block.length ?? 0;
    }
    for (const listener of this.#listeners) listener.wake();
  }

  async #readAfter(position: number): Promise<readonly EncodedEvent[]> {
    const { after, events } = this.#read;
    const last = events.at(-1)?.event.sequence ?? after;
    if (position >= after && position < last) return events.filter(({ event }) => event.sequence > position);
    // A follower that is behind and matches no event would otherwise read to the end without a pause.
    if (this.#pace.isDue) await this.#pace.rest();
    const read = (await this.#log.read(position, page.events)).map(encode);
    this.#read = { after: position, events: read };
    return read;
  }

  #forget(): void {
    this.#recent = [];
    this.#recentBytes = 0;
  }

  async #beat(clock: Clock, heartbeat: number): Promise<void> {
    for (;;) {
      await clock.sleep(heartbeat, this.#closing.signal);
      for (const listener of [...this.#listeners]) listener.beat();
    }
  }
}

/** @param end the position after all of the events */
function pageOf(events: readonly EncodedEvent[], end: number): Page {
  const taken: EncodedEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (taken.length === page.events || bytes > page.bytes) break;
    taken.push(event);
    bytes += event.block.length;
  }
  return { events: taken, reached: taken.at(-1)?.event.sequence ?? end };
}

const encoder = new TextEncoder();

function encode(stored: StoredEvent): EncodedEvent {
  const event = eventForAll(stored);
  const json = JSON.stringify(event);
  const block = encoder.encode(`id: ${event.sequence}\nevent: ${event.type}.${event.action}\ndata: ${json}\n\n`);
  return { event, json, block };
}
