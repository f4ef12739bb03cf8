import type { Clock } from '../../lib/clock.ts';
import { KeyedDigest } from '../../lib/keyed-digest.ts';

export interface RememberedOptions {
  readonly clock: Clock;
  /** A key that no other process knows, so that what is remembered cannot be searched for passwords. */
  readonly key: Uint8Array;
  readonly lifetimeMs: number;
  readonly limit?: number;
}

/**
 * What credentials came to that were verified a short while ago: a password hash costs a tenth of a second on purpose, and
 * paying it on every request made the original answer six of them a second; another service costs a round trip. The key
 * stands for the credentials as a whole, so that guessing stays as slow as it should be.
 */
export class Remembered<Value> {
  readonly #clock: Clock;
  readonly #digest: KeyedDigest;
  readonly #lifetimeMs: number;
  readonly #limit: number;
  /** The least recently used first. */
  readonly #entries = new Map<string, { value: Value; expiry: number }>();

  constructor({ clock, key, lifetimeMs, limit = 1000 }: RememberedOptions) {
    this.#clock = clock;
    this.#digest = new KeyedDigest(key);
    this.#lifetimeMs = lifetimeMs;
    this.#limit = limit;
  }

  /** What stands for the credentials here; nothing leads back from it to a password. */
  keyOf(...credentials: readonly string[]): string {
    return this.#digest.of(JSON.stringify(credentials));
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expiry <= this.#clock.monotonic()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  remember(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiry: this.#clock.monotonic() + this.#lifetimeMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) return;
      this.#entries.delete(oldest);
    }
  }
}
