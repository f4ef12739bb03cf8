import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../../lib/clock.ts';
import { describeError } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/logger.ts';
import { isObject } from '../../../lib/objects.ts';

/** Finds the key that a token says it is signed with. */
export type KeySource = JWTVerifyGetKey;

/** How long keys are used before they are fetched again, and so how long a withdrawn key still counts. */
const lifetimeMs = 10 * 60_000;
/** Pause between two fetches: tokens with invented keys must not cause fetches without end. */
const cooldownMs = 30_000;
/** How long keys are used while the provider cannot be reached. */
const graceMs = 24 * 60 * 60_000;

export interface FetchedKeysOptions {
  /** Throws when the keys cannot be fetched. */
  readonly fetchKeys: () => Promise<JSONWebKeySet>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keys of a provider. They are fetched when a token first needs them, when they are old, and when one is missing. */
export class FetchedKeys {
  readonly #options: FetchedKeysOptions;
  #current: { readonly find: KeySource; readonly at: number } | undefined;
  #attempted = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #underWay: Promise<void> | undefined;

  constructor(options: FetchedKeysOptions) {
    this.#options = options;
  }

  /** @throws Error when there are no keys; JWKSNoMatchingKey when none of them matches */
  readonly find: KeySource = async (header, token) => {
    const { clock } = this.#options;
    const at = this.#current?.at;
    if (at === undefined || clock.monotonic() - at >= lifetimeMs) await this.#refresh();
    try {
      return await this.#usable()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#refresh();
      return await this.#usable()(header, token);
    }
  };

  #usable(): KeySource {
    const { clock } = this.#options;
    if (this.#current !== undefined && clock.monotonic() - this.#current.at < graceMs) return this.#current.find;
    throw new Error(`there are no keys to verify tokens with: ${describeError(this.#failure)}`);
  }

  /** Concurrent requests that need new keys share one fetch. */
  async #refresh(): Promise<void> {
    this.#underWay ??= this.#fetch().finally(() => {
      this.#underWay = undefined;
    });
    await this.#underWay;
  }

  async #fetch(): Promise<void> {
    const { fetchKeys, clock, logger } = this.#options;
    if (clock.monotonic() - this.#attempted < cooldownMs) return;
    this.#attempted = clock.monotonic();
    try {
      this.#current = { find: createLocalJWKSet(await fetchKeys()), at: clock.monotonic() };
    } catch (error) {
      this.#failure = error;
      if (this.#current === undefined) return;
      logger.warn(
        { reason: describeError(error) },
        'the keys of the provider cannot be fetched: those of before count',
      );
    }
  }
}

/** @throws Error when the value is no JWK set (RFC 7517, 5) */
export function keySetOf(value: unknown, source: string): JSONWebKeySet {
  if (!isObject(value) || !Array.isArray(value.keys) || !value.keys.every(isObject)) {
    throw new Error(`${source} does not hold {"keys": [ … ]}`);
  }
  // Only the provider may know a symmetric key; none is published on purpose.
  return { keys: value.keys.filter(({ kty }) => kty !== 'oct') };
}
