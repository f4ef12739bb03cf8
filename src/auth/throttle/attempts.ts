import { cidrOf } from '../../lib/cidr-of.ts';
import type { Clock } from '../../lib/clock.ts';
import { FailureDelays } from './failure-delays.ts';

/** Longer names are hashed: a name may be of any length that fits into a header. */
const longestName = 64;

/** One attempt at credentials that can be guessed. */
export interface Attempt {
  succeeded(): void;
  failed(): void;
  /** No authenticator could decide: the attempt is neither a success nor a failure. */
  abandoned(): void;
}

/** The number of remembered successes. They keep others from locking out an owner at a known address. */
const maxKnown = 10_000;

/**
 * Slows guessing down, by peer address, by claimed name, and by both together. Guessing a name from many addresses does
 * not lock out its owner, who has logged in from their own address before.
 */
export class Attempts {
  readonly #together: FailureDelays;
  readonly #byAddress: FailureDelays;
  readonly #byName: FailureDelays;
  /** Pairs of name and address that were right together; the oldest first. */
  readonly #known = new Set<string>();

  constructor(clock: Clock) {
    this.#together = new FailureDelays({ clock, free: 5, first: 1_000, longest: 60_000 });
    this.#byAddress = new FailureDelays({ clock, free: 30, first: 1_000, longest: 30_000 });
    this.#byName = new FailureDelays({ clock, free: 100, first: 1_000, longest: 30_000 });
  }

  /** An attempt that may be made now, or the milliseconds to wait for the next one. */
  begin(peer: string, claimed: string): Attempt | number {
    const network = cidrOf(peer);
    const name = accountOf(claimed);
    const pair = JSON.stringify([network, name]);
    const isKnown = this.#known.has(pair);
    const delays: [FailureDelays, string][] = [
      [this.#together, pair],
      ...(isKnown
        ? []
        : ([
            [this.#byAddress, network],
            [this.#byName, name],
          ] satisfies [FailureDelays, string][])),
    ];
    const wait = Math.max(...delays.map(([delay, key]) => delay.wait(key)));
    if (wait > 0) return wait;
    for (const [delay, key] of delays) delay.begin(key);
    return {
      succeeded: () => {
        this.#together.succeeded(pair);
        for (const [delay, key] of delays.slice(1)) delay.abandoned(key);
        this.#remember(pair);
      },
      failed: () => {
        for (const [delay, key] of delays) delay.failed(key);
      },
      abandoned: () => {
        for (const [delay, key] of delays) delay.abandoned(key);
      },
    };
  }

  #remember(pair: string): void {
    this.#known.delete(pair);
    this.#known.add(pair);
    for (const oldest of this.#known) {
      if (this.#known.size <= maxKnown) return;
      this.#known.delete(oldest);
    }
  }
}

/**
 * The name that attempts are counted by. Keystone takes `ALICE` for `alice`: names that only some services distinguish
 * are counted together.
 */
function accountOf(claimed: string): string {
  const name = claimed.normalize('NFKC').toLowerCase();
  return name.length <= longestName ? name : new Bun.CryptoHasher('sha256').update(name).digest('base64');
}
