import type { Clock } from '../lib/clock.ts';
import type { AuditSubject } from './entry.ts';
import type { Trail } from './trail.ts';

/** How long a caller who was let in is not told of again. */
const knownMs = 10 * 60_000;
/** How many callers are remembered; beyond it, the oldest one is forgotten and audited again. */
const maxKnown = 10_000;

/** A caller, the way it came and from where. */
export type Accepted = Pick<AuditSubject, 'who' | 'method' | 'peer' | 'token'>;

interface Known {
  since: number;
  onDisk: Promise<unknown>;
}

/** Writes down who was let in: once for a caller, the way it came and from where, and again after ten minutes. */
export class Acceptances {
  readonly #trail: Pick<Trail, 'append'>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(trail: Pick<Trail, 'append'>, clock: Clock) {
    this.#trail = trail;
    this.#clock = clock;
  }

  /**
   * Resolves when it is on disk that this caller was let in.
   *
   * @param subject made only when there is something to write, as most requests have nothing
   * @throws what `Trail.append` throws
   */
  async add({ who, method, peer, token = '' }: Accepted, subject: () => AuditSubject): Promise<void> {
    // None of the others has a line feed in it.
    const key = `${method}\n${peer}\n${token}\n${who}`;
    const now = this.#clock.monotonic();
    const known = this.#known.get(key);
    if (known !== undefined && now - known.since < knownMs) {
      await known.onDisk;
      return;
    }
    this.#forget(now);
    const onDisk = this.#trail.append({ ...subject(), result: 'accepted' });
    this.#known.delete(key);
    this.#known.set(key, { since: now, onDisk });
    try {
      await onDisk;
    } catch (error) {
      // Nothing tells of it: the next request tries again.
      if (this.#known.get(key)?.onDisk === onDisk) this.#known.delete(key);
      throw error;
    }
  }

  /** They stand in the order they were let in. */
  #forget(now: number): void {
    for (const [key, { since }] of this.#known) {
      if (now - since < knownMs && this.#known.size < maxKnown) return;
      this.#known.delete(key);
    }
  }
}
