import type { Clock } from '../../lib/clock.ts';
import type { Refusal } from '../authenticator.ts';
import { Remembered } from '../authenticators/remembered.ts';
import type { TokenKeys } from './keys.ts';
import { isOurs, type VerifiedToken, verifyToken } from './signed.ts';

const verifiedMs = 10 * 60_000;

/**
 * Tokens whose signature was verified recently: that costs several times the rest of a request. What may have changed
 * since, the times of the token and the existence of its key, is checked each time.
 */
export class VerifiedTokens {
  readonly #keys: TokenKeys;
  readonly #known: Remembered<VerifiedToken>;

  constructor(keys: TokenKeys, clock: Clock) {
    this.#keys = keys;
    this.#known = new Remembered({ clock, key: crypto.getRandomValues(new Uint8Array(32)), lifetimeMs: verifiedMs });
  }

  /** The claims of a token, why it is refused, or `pass` for a token of another issuer. */
  async verify(text: string, now: Date): Promise<VerifiedToken | Refusal | 'pass'> {
    const key = this.#known.keyOf(text);
    const known = this.#known.get(key);
    if (known !== undefined && this.#isGood(known, now)) return known;
    if (!isOurs(text, this.#keys.issuer)) return 'pass';
    const verified = await verifyToken(text, this.#keys, now);
    if (!('refused' in verified)) this.#known.remember(key, verified);
    return verified;
  }

  /** A half-open interval, as in RFC 7519, 4.1.4 and 4.1.5. */
  #isGood({ key, notBefore, expires }: VerifiedToken, now: Date): boolean {
    const seconds = Math.floor(now.getTime() / 1000);
    return notBefore <= seconds && seconds < expires && this.#keys.verifying(key) !== undefined;
  }
}
