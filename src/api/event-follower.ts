import type { EventChoice } from '../events/choice.ts';
import type { EncodedEvent, EventFeed, Listener } from '../events/feed.ts';
import { AppError } from '../lib/errors.ts';
import type { Ending } from './connection.ts';

/** What a follower is to be sent next. */
export type Step =
  | { kind: 'events'; events: readonly EncodedEvent[] }
  /** Events that are no longer kept: the first and last sequence number. */
  | { kind: 'gap'; first: number; last: number }
  /** Nothing came: a sign of life. */
  | { kind: 'quiet' }
  | ({ kind: 'cut_off' } & CutOff);

export interface CutOff extends Ending {
  /** Where to go on: everything up to here was sent. */
  since: number;
}

/** Heartbeats that a follower may take nothing for: 30 to 45 seconds. */
const patience = 3;

/**
 * One who follows the feed, by asking for one step at a time: what it has not asked for stays in the log. Who asks for
 * nothing while the heart beats three times is cut off.
 */
export class Follower implements Disposable {
  readonly #feed: EventFeed;
  readonly #choice: EventChoice;
  readonly #onCutOff: (cutOff: CutOff) => void;
  #position: number;
  #listening: Disposable | undefined;
  #resume: ((why: 'events' | 'beat') => void) | undefined;
  #isAsking = false;
  #missedBeats = 0;
  #ended: Ending | undefined;
  readonly #listener: Listener = { wake: () => this.#resume?.('events'), beat: () => this.#beat() };

  /** @param onCutOff called when it is cut off while it asks for nothing, so that no step can say so */
  constructor(
    feed: EventFeed,
    { since, choice, onCutOff }: { since: number; choice: EventChoice; onCutOff: (cutOff: CutOff) => void },
  ) {
    this.#feed = feed;
    this.#position = since;
    this.#choice = choice;
    this.#onCutOff = onCutOff;
  }

  get position(): number {
    return this.#position;
  }

  /** Resolves with the next thing to send, at the latest at the next heartbeat. After `cut_off` nothing follows. */
  async next(): Promise<Step> {
    this.#isAsking = true;
    this.#missedBeats = 0;
    if (this.#ended === undefined) this.#listening ??= this.#feed.listen(this.#listener);
    try {
      return await this.#step();
    } finally {
      this.#isAsking = false;
    }
  }

  /** Ends it from our side; whoever follows is told why. */
  cutOff(ending: Ending): void {
    if (this.#ended !== undefined) return;
    this.#ended = ending;
    this[Symbol.dispose]();
    if (!this.#isAsking) this.#onCutOff({ ...ending, since: this.#position });
  }

  /** Whoever followed is gone. */
  [Symbol.dispose](): void {
    this.#ended ??= { cause: 'stopping', reason: 'the reader is gone' };
    this.#listening?.[Symbol.dispose]();
    this.#resume?.('events');
  }

  async #step(): Promise<Step> {
    for (;;) {
      if (this.#ended !== undefined) return { kind: 'cut_off', ...this.#ended, since: this.#position };
      const page = await this.#feed.after(this.#position);
      if ('lost' in page) {
        this.#position = page.lost.last;
        return { kind: 'gap', ...page.lost };
      }
      const { events, reached } = page;
      if (events.length === 0) {
        this.#position = reached;
        if ((await this.#change()) === 'beat') return { kind: 'quiet' };
        continue;
      }
      if (!(await this.#isStillAllowed())) continue;
      this.#position = reached;
      const wanted = events.filter(({ event }) => this.#choice.isWanted(event));
      if (wanted.length > 0) return { kind: 'events', events: wanted };
      // A long log in which nothing is wanted must not keep everybody else waiting.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Whoever lost the permission is cut off. */
  async #isStillAllowed(): Promise<boolean> {
    try {
      await this.#choice.refresh();
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.cutOff({ cause: 'not_allowed', reason: error.message });
      return false;
    }
  }

  async #change(): Promise<'events' | 'beat'> {
    if (this.#ended !== undefined || this.#feed.isPast(this.#position)) return 'events';
    const { promise, resolve } = Promise.withResolvers<'events' | 'beat'>();
    this.#resume = resolve;
    const why = await promise;
    this.#resume = undefined;
    return why;
  }

  #beat(): void {
    if (this.#isAsking) this.#resume?.('beat');
    else this.#missedBeats += 1;
    if (this.#missedBeats < patience) return;
    this.cutOff({ cause: 'too_slow', reason: 'the reader takes too long to read' });
  }
}
