import type { Clock } from '../lib/clock.ts';
import type { AuditSubject } from './entry.ts';
import type { Trail } from './trail.ts';

/** For how long an accepted caller causes no second entry. */
const knownMs = 10 * 60_000;
/** The most callers that are remembered; beyond it, the oldest one is forgotten and audited again. */
const maxKnown = 10_000;

/** A caller, how it authenticated, and its peer. */
export type Accepted = Pick<AuditSubject, 'who' | 'method' | 'peer' | 'token'>;

interface Known {
  since: number;
  onDisk: Promise<unknown>;
}

/** Records which callers were accepted: once for each caller, method and peer, and again after ten minutes. */
export class Acceptances {
  readonly #trail: Pick<Trail, 'append'>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(trail: Pick<Trail, 'append'>, clock: Clock) {
    this.#trail = trail;
    this.#clock = clock;
  }

  /**
   * Resolves when the acceptance of this caller is on disk.
   *
   * @param subject called only when there is something to write, which is rare
   * @throws what `Trail.append` throws
   */
  async add({ who, method, peer, token = '' }: Accepted, subject: () => AuditSubject): Promise<void> {
    // None of the other parts contains a line feed.
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
      // Not reported: the next request tries again.
      if (this.#known.get(key)?.onDisk === onDisk) this.#known.delete(key);
      throw error;
    }
  }

  /** The map has the order of the acceptances. */
  #forget(now: number): void {
    for (const [key, { since }] of this.#known) {
      if (now - since < knownMs && this.#known.size < maxKnown) return;
      this.#known.delete(key);
    }
  }
}
