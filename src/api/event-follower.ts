import type { EventChoice } from '../events/choice.ts';
import type { EncodedEvent, EventFeed, Listener } from '../events/feed.ts';
import { AppError } from '../lib/errors.ts';
import type { Ending } from './connection.ts';

/** What to send to a follower next. */
export type Step =
  | { kind: 'events'; events: readonly EncodedEvent[] }
  /** Events that are no longer kept: their first and last sequence number. */
  | { kind: 'gap'; first: number; last: number }
  /** No event came: send a heartbeat. */
  | { kind: 'quiet' }
  | ({ kind: 'cut_off' } & CutOff);

export interface CutOff extends Ending {
  /** Where to continue: everything up to here was sent. */
  since: number;
}

/** Heartbeats during which a follower may take nothing: 30 to 45 seconds. */
const patience = 3;

/**
 * A follower of the feed, which asks for one step at a time: other events stay in the log. A follower that asks for
 * nothing during three heartbeats is cut off.
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
  readonly #listener: Listener;

  /** @param onCutOff called when the follower is cut off while it asks for nothing, so that no step can say so */
  constructor(
    feed: EventFeed,
    { since, choice, onCutOff }: { since: number; choice: EventChoice; onCutOff: (cutOff: CutOff) => void },
  ) {
    this.#feed = feed;
    this.#position = since;
    this.#choice = choice;
    this.#onCutOff = onCutOff;
    const positionNow = () => this.#position;
    this.#listener = {
      get position() {
        return positionNow();
      },
      wake: () => this.#resume?.('events'),
      beat: () => this.#beat(),
    };
  }

  get position(): number {
    return this.#position;
  }

  /** Resolves with the next step, at the latest at the next heartbeat. Nothing follows `cut_off`. */
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

  /** Ends the follower from the server's side; its next step says why. */
  cutOff(ending: Ending): void {
    if (this.#ended !== undefined) return;
    this.#ended = ending;
    this[Symbol.dispose]();
    if (!this.#isAsking) this.#onCutOff({ ...ending, since: this.#position });
  }

  /** Ends the follower after its reader has gone. */
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
      // A long log without matching events must not keep other work waiting.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Cuts off a follower whose caller lost the permission. */
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
