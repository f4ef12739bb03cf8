import { cidrOf } from '../../lib/cidr-of.ts';
import type { Clock } from '../../lib/clock.ts';
import { FailureDelays } from './failure-delays.ts';

/** A name may be of any length that fits into a header. */
const longestName = 64;

/** One attempt to be let in by something that can be guessed. */
export interface Attempt {
  succeeded(): void;
  failed(): void;
  /** Nobody could say: it is neither. */
  abandoned(): void;
}

/** How many successes are remembered, so that an owner who comes from where they always come is not kept out by others. */
const maxKnown = 10_000;

/**
 * Slows guessing down: by the address it comes from, by the name it is about, and by both together. Whoever guesses a name
 * from everywhere does not keep out its owner, who has been let in from their own address before.
 */
export class Attempts {
  readonly #together: FailureDelays;
  readonly #byAddress: FailureDelays;
  readonly #byName: FailureDelays;
  /** Name and address that were right together; the oldest first. */
  readonly #known = new Set<string>();

  constructor(clock: Clock) {
    this.#together = new FailureDelays({ clock, free: 5, first: 1_000, longest: 60_000 });
    this.#byAddress = new FailureDelays({ clock, free: 30, first: 1_000, longest: 30_000 });
    this.#byName = new FailureDelays({ clock, free: 100, first: 1_000, longest: 30_000 });
  }

  /** An attempt that may be made now, or the milliseconds to wait for the next. */
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
 * What attempts on a name are counted by. Keystone takes `ALICE` for `alice`: of names that only some services tell apart
 * the attempts are counted together.
 */
function accountOf(claimed: string): string {
  const name = claimed.normalize('NFKC').toLowerCase();
  return name.length <= longestName ? name : new Bun.CryptoHasher('sha256').update(name).digest('base64');
}
