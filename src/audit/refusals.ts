import type { Clock } from '../lib/clock.ts';
import type { AuditSubject } from './entry.ts';
import type { Trail } from './trail.ts';

export interface Refused {
  /** The sender that a flood is attributed to: a peer, or a network that one machine can have. */
  readonly sender: string;
  readonly subject: AuditSubject;
  readonly status: number;
  readonly code: string | undefined;
  /** The issuer that a refused token claimed. */
  readonly issuer?: string | undefined;
}

export interface RefusalsOptions {
  trail: Pick<Trail, 'appendLater'>;
  clock: Clock;
}

/** The most refusals of one sender with an entry of their own, in one window. */
const written = 10;
const windowMs = 60_000;
/** How often the held counts are written. */
const pauseMs = 5_000;
/** The most senders that are counted separately. Further ones are counted as one. */
const maxSenders = 1_000;
const everybodyElse = '';

interface Window {
  begun: number;
  entries: number;
  /** How many refusals have no entry yet, and the last of them. */
  held: number;
  last: Refused;
}

/**
 * Records refused attempts. In a flood from one sender, the first ones of each minute have an entry each; the others
 * are counted, and an entry every few seconds has their number.
 */
export class Refusals implements AsyncDisposable {
  readonly #options: RefusalsOptions;
  readonly #windows = new Map<string, Window>();
  readonly #ended = new AbortController();
  #flushing: Promise<void> | undefined;

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  add(refused: Refused): void {
    const now = this.#options.clock.monotonic();
    const window = this.#windowOf(refused, now);
    window.last = refused;
    if (window.entries < written) {
      window.entries += 1;
      this.#append(refused, 1);
      return;
    }
    window.held += 1;
    this.#flushing ??= this.#flushLater();
  }

  /** Writes the held counts. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#flushing;
    this.#flush();
  }

  #windowOf(refused: Refused, now: number): Window {
    const { sender } = refused;
    this.#forget(now);
    const place = this.#windows.has(sender) || this.#windows.size < maxSenders ? sender : everybodyElse;
    const known = this.#windows.get(place);
    if (known !== undefined) return known;
    const window: Window = { begun: now, entries: 0, held: 0, last: refused };
    this.#windows.set(place, window);
    return window;
  }

  /** The map has the order in which the windows began. */
  #forget(now: number): void {
    for (const [place, { begun, held, last }] of this.#windows) {
      if (now - begun < windowMs) return;
      if (held > 0) this.#append(last, held);
      this.#windows.delete(place);
    }
  }

  async #flushLater(): Promise<void> {
    await this.#options.clock.sleep(pauseMs, this.#ended.signal).catch(() => {});
    this.#flushing = undefined;
    this.#flush();
  }

  #flush(): void {
    for (const window of this.#windows.values()) {
      if (window.held > 0) this.#append(window.last, window.held);
      window.held = 0;
    }
  }

  #append({ subject, status, code, issuer }: Refused, count: number): void {
    const told = { status, ...(code === undefined ? {} : { code }), ...(issuer === undefined ? {} : { issuer }) };
    this.#options.trail.appendLater({ ...subject, result: 'refused', ...told, count });
  }
}
