import type { Clock } from '../lib/clock.ts';
import type { events, Followed } from './events.ts';
import { transientReason } from './transient.ts';

type Events = Pick<ReturnType<typeof events>, 'follow'>;

export interface Watch<T> {
  /** The events after which the value may have changed: each is `type.action.key`, with `*` for any. */
  readonly filter: readonly string[];
  readonly read: () => Promise<T>;
}

/** Milliseconds before the client follows the events again. */
const pause = 500;
/** Milliseconds that all servers may be unreachable. */
const patience = 300_000;

/** Waits until a value on the server meets a predicate. Needs the permission `event:read`. */
export class Waiter {
  readonly #events: Events;
  readonly #clock: Clock;

  constructor(events: Events, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
  }

  /**
   * Resolves with the value of `read` once the predicate holds. The events are followed before the first read, and the
   * value is read again after each event, so that no change is missed. It continues over lost connections and restarts
   * of the server.
   *
   * @throws the reason of the signal, whatever `read` and the predicate throw, ProblemError when the events may not be
   *   followed, and NoServerError when no server can be reached for five minutes
   */
  async waitFor<T>({ filter, read }: Watch<T>, predicate: (value: T) => boolean, signal?: AbortSignal): Promise<T> {
    let lostSince: number | undefined;
    for (;;) {
      try {
        using changes = await Changes.of(this.#events, filter, signal);
        do {
          const value = await read();
          if (predicate(value)) return value;
          lostSince = undefined;
        } while (await changes.next());
      } catch (error) {
        signal?.throwIfAborted();
        if (transientReason(error) === undefined) throw error;
        lostSince ??= this.#clock.monotonic();
        if (this.#clock.monotonic() - lostSince >= patience) throw error;
      }
      await this.#clock.sleep(pause, signal);
    }
  }
}

/** Remembers that something changed; several changes before the next call of `next` count as one. */
class Changes implements Disposable {
  readonly #end: AbortController;
  #hasNews = false;
  #hasEnded = false;
  #wake = () => {};

  private constructor(stream: AsyncGenerator<Followed>, end: AbortController) {
    this.#end = end;
    this.#listen(stream).then(
      () => this.#ended(),
      // The error of a connection says nothing that following again would not.
      () => this.#ended(),
    );
  }

  /** Resolves once the server has started to follow: no later change is missed. */
  static async of(events: Events, filter: readonly string[], signal?: AbortSignal): Promise<Changes> {
    const end = new AbortController();
    const either = signal === undefined ? end.signal : AbortSignal.any([signal, end.signal]);
    return new Changes(await events.follow({ filter }, either), end);
  }

  /** Resolves to true after a change, or to false when no more changes will come. */
  async next(): Promise<boolean> {
    while (!this.#hasNews && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const hadNews = this.#hasNews;
    this.#hasNews = false;
    return hadNews;
  }

  async #listen(stream: AsyncGenerator<Followed>): Promise<void> {
    for await (const { kind } of stream) {
      if (kind !== 'event' && kind !== 'gap') continue;
      this.#hasNews = true;
      this.#wake();
    }
  }

  #ended(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.#end.abort(new Error('nobody waits any more'));
  }
}
