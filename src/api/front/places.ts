import { cidrOf } from '../../lib/cidr-of.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { ItemsByOwner } from './items-by-owner.ts';

/** The highest numbers of connections. */
export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

export interface PlacesOptions {
  readonly limits: ConnectionLimits;
  /** Many clients are behind the address of a proxy, so only the total counts for it. */
  readonly isProxy: (address: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A connection that has a place, and can be closed to free it. */
export interface Placed {
  destroy(): unknown;
}

/** Milliseconds between two log lines about refused connections. */
const logPause = 60_000;

/**
 * The places for connections. When all are taken, the address with the most of them loses its oldest one, so that no
 * address can take the places of others.
 */
export class Places {
  readonly #options: PlacesOptions;
  readonly #taken = new ItemsByOwner<Placed>();
  #unsaid = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Takes a place until `leave`; false when the connection is refused. */
  take(address: string, connection: Placed): boolean {
    const { limits, isProxy } = this.#options;
    const owner = cidrOf(address);
    const own = this.#taken.sizeOf(owner);
    if (own >= limits.perAddress && !isProxy(address)) return this.#refuse(address, 'too many from this address');
    if (this.#taken.size >= limits.total && !this.#makeRoom(own + 1)) return this.#refuse(address, 'too many in all');
    this.#taken.add(owner, connection);
    return true;
  }

  /** How many places are taken. */
  get taken(): number {
    return this.#taken.size;
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
