import { cidrOf } from '../../lib/cidr-of.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { ItemsByOwner } from './items-by-owner.ts';

/** How many connections there may be. */
export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

export interface PlacesOptions {
  readonly limits: ConnectionLimits;
  /** Behind its address are many clients, so only the total counts for it. */
  readonly isProxy: (address: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What holds a place, and can be made to give it up. */
export interface Placed {
  destroy(): unknown;
}

/** Milliseconds between two lines of the log about refused connections. */
const logPause = 60_000;

/**
 * The places for connections. When all are taken whoever has most of them gives up the oldest, so that nobody can take
 * those of others.
 */
export class Places {
  readonly #options: PlacesOptions;
  readonly #taken = new ItemsByOwner<Placed>();
  #unsaid = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Gives a place until `leave`; false when there is none. */
  take(address: string, connection: Placed): boolean {
    const { limits, isProxy } = this.#options;
    const owner = cidrOf(address);
    const own = this.#taken.sizeOf(owner);
    if (own >= limits.perAddress && !isProxy(address)) return this.#refuse(address, 'too many from this address');
    if (this.#taken.size >= limits.total && !this.#makeRoom(own + 1)) return this.#refuse(address, 'too many in all');
    this.#taken.add(owner, connection);
    return true;
  }

  leave(address: string, connection: Placed): void {
    this.#taken.delete(cidrOf(address), connection);
  }

  #makeRoom(own: number): boolean {
    const oldest = this.#taken.takeOldestOfLargest(own);
    oldest?.destroy();
    return oldest !== undefined;
  }

  #refuse(address: string, reason: string): false {
    const { clock, logger } = this.#options;
    this.#unsaid += 1;
    if (clock.monotonic() - this.#saidAt >= logPause) {
      logger.warn({ peer: address, reason, refused: this.#unsaid, open: this.#taken.size }, 'connections refused');
      this.#saidAt = clock.monotonic();
      this.#unsaid = 0;
    }
    return false;
  }
}
