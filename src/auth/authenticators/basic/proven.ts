import type { Clock } from '../../../lib/clock.ts';

export interface ProvenOptions {
  readonly clock: Clock;
  /** A key that no other process knows, so that what is remembered cannot be searched for passwords. */
  readonly key: Uint8Array;
  readonly lifetimeMs?: number;
  readonly limit?: number;
}

/**
 * Credentials that were verified a short while ago: a password hash costs a tenth of a second on purpose, and paying
 * it on every request made the original answer six of them a second. Only successes are remembered, so guessing stays
 * as slow as it should be.
 */
export class ProvenCredentials {
  readonly #clock: Clock;
  readonly #key: Uint8Array;
  readonly #lifetimeMs: number;
  readonly #limit: number;
  /** Expiry by key; the least recently used first. */
  readonly #expiries = new Map<string, number>();

  constructor({ clock, key, lifetimeMs = 5 * 60_000, limit = 1000 }: ProvenOptions) {
    this.#clock = clock;
    this.#key = key;
    this.#lifetimeMs = lifetimeMs;
    this.#limit = limit;
  }

  /** What stands for the credentials here; nothing leads back from it to the password. */
  keyOf(user: string, password: string): string {
    // Of every request: createHmac makes a stream besides, and takes twice as long.
    return new Bun.CryptoHasher('sha256', this.#key).update(JSON.stringify([user, password])).digest('base64');
  }

  has(key: string): boolean {
    const expiry = this.#expiries.get(key);
    if (expiry === undefined) return false;
    this.#expiries.delete(key);
    if (expiry <= this.#clock.monotonic()) return false;
    this.#expiries.set(key, expiry);
    return true;
  }

  remember(key: string): void {
    this.#expiries.delete(key);
    this.#expiries.set(key, this.#clock.monotonic() + this.#lifetimeMs);
    for (const oldest of this.#expiries.keys()) {
      if (this.#expiries.size <= this.#limit) return;
      this.#expiries.delete(oldest);
    }
  }
}
