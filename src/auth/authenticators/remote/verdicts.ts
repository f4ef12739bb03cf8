import type { Clock } from '../../../lib/clock.ts';
import type { Identity, Refusal } from '../../authenticator.ts';
import { Remembered } from '../remembered.ts';

/** How long a verdict is used, and so how long a revocation takes to count. */
const lifetimeMs = 30_000;

/**
 * Verdicts of a remote service about credentials. A yes is remembered for half a minute, so that not every request
 * costs a round trip; concurrent requests with the same credentials share one.
 */
export class Verdicts {
  readonly #remembered: Remembered<Identity>;
  readonly #underWay = new Map<string, Promise<Identity | Refusal>>();

  constructor({ clock, randomBytes }: { clock: Clock; randomBytes: (length: number) => Uint8Array }) {
    this.#remembered = new Remembered({ clock, key: randomBytes(32), lifetimeMs });
  }

  /** The present or coming result for these credentials, without a new call. */
  recall(credentials: readonly string[]): Identity | Promise<Identity | Refusal> | undefined {
    const key = this.#remembered.keyOf(...credentials);
    return this.#remembered.get(key) ?? this.#underWay.get(key);
  }

  /** @throws what `ask` throws */
  async of(credentials: readonly string[], ask: () => Promise<Identity | Refusal>): Promise<Identity | Refusal> {
    const known = this.recall(credentials);
    if (known !== undefined) return known;
    const key = this.#remembered.keyOf(...credentials);
    const asking = ask();
    this.#underWay.set(key, asking);
    try {
      const verdict = await asking;
      if (!('refused' in verdict)) this.#remembered.remember(key, verdict);
      return verdict;
    } finally {
      this.#underWay.delete(key);
    }
  }
}
