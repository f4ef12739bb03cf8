import type { Clock } from '../../lib/clock.ts';
import { KeyedDigest } from '../../lib/keyed-digest.ts';

export interface RememberedOptions {
  readonly clock: Clock;
  /** A key that no other process knows, so that the remembered digests cannot be searched for passwords. */
  readonly key: Uint8Array;
  readonly lifetimeMs: number;
  readonly limit?: number;
}

/**
 * Recent results of verifying credentials. A password hash costs a tenth of a second on purpose, and paying it on every
 * request made the original answer six of them a second; a remote service costs a round trip. The digest covers the
 * credentials as a whole, so that guessing stays as slow as it should be.
 */
export class Remembered<Value> {
  readonly #clock: Clock;
  readonly #digest: KeyedDigest;
  readonly #lifetimeMs: number;
  readonly #limit: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, { value: Value; expiry: number }>();

  constructor({ clock, key, lifetimeMs, limit = 1000 }: RememberedOptions) {
    this.#clock = clock;
    this.#digest = new KeyedDigest(key);
    this.#lifetimeMs = lifetimeMs;
    this.#limit = limit;
  }

  /** A digest of the credentials; a password cannot be derived from it. */
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
