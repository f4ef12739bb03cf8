import type { TokenKeys } from './keys.ts';
import { isOurs, type VerifiedToken, verifyToken } from './signed.ts';

/** How many tokens are remembered; those that were used longest ago are forgotten first. */
const mostKnown = 1_000;

/**
 * Tokens whose signature was verified before: it costs a multiple of all else about a request. A token is remembered by
 * a digest of its whole text. What may have changed since, its times and whether its key is still there, is looked at each
 * time.
 */
export class VerifiedTokens {
  readonly #keys: TokenKeys;
  readonly #secret = crypto.getRandomValues(new Uint8Array(32));
  readonly #known = new Map<string, VerifiedToken>();

  constructor(keys: TokenKeys) {
    this.#keys = keys;
  }

  /** The claims of a token, why it is not to be believed, or `pass` for what is none of ours. */
  async verify(text: string, now: Date): Promise<VerifiedToken | { refused: string } | 'pass'> {
    const digest = new Bun.CryptoHasher('sha256', this.#secret).update(text).digest('base64');
    const known = this.#known.get(digest);
    this.#known.delete(digest);
    if (known !== undefined && this.#isGood(known, now)) return this.#remember(digest, known);
    if (!isOurs(text, this.#keys.issuer)) return 'pass';
    const verified = await verifyToken(text, this.#keys, now);
    return 'refused' in verified ? verified : this.#remember(digest, verified);
  }

  /** Half open, as claims are (RFC 7519, 4.1.4 and 4.1.5). */
  #isGood({ key, notBefore, expires }: VerifiedToken, now: Date): boolean {
    const seconds = Math.floor(now.getTime() / 1000);
    return notBefore <= seconds && seconds < expires && this.#keys.verifying(key) !== undefined;
  }

  #remember(digest: string, token: VerifiedToken): VerifiedToken {
    this.#known.set(digest, token);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= mostKnown) break;
      this.#known.delete(oldest);
    }
    return token;
  }
}
