import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import type { Refusal } from '../authenticator.ts';
import { tokenFault } from '../authenticators/bearer/token-fault.ts';
import { algorithm, type SigningKey, type TokenKeys } from './keys.ts';

/** The media type of RFC 9068, so that a JWT that was signed for another purpose is refused. */
const type = 'at+jwt';

export interface Claims {
  /** Id of the token. */
  readonly id: string;
  readonly owner: string;
}

/** The claims of a token whose signature is right. */
export interface VerifiedToken extends Claims {
  /** Id of the key it was signed with. */
  readonly key: string;
  /** Seconds since the epoch, as in `nbf` and `exp`. */
  readonly notBefore: number;
  readonly expires: number;
}

/**
 * A JWT (RFC 7519) with the required claims and no others: the record on the server says what a token may do.
 *
 * @param by the key that its record names; without it the current signing key
 */
export async function signToken(
  { id, owner }: Claims,
  keys: TokenKeys,
  { from, until, by = keys.current }: { from: Date; until: Date; by?: SigningKey },
): Promise<string> {
  const { id: kid, key } = by;
  return new SignJWT({})
    .setProtectedHeader({ alg: algorithm, typ: type, kid })
    .setIssuer(keys.issuer)
    .setAudience(keys.issuer)
    .setSubject(owner)
    .setJti(id)
    .setIssuedAt(from)
    .setNotBefore(from)
    .setExpirationTime(until)
    .sign(key);
}

/** Whether a text claims to be a token of this issuer; this is not verified. */
export function isOurs(text: string, issuer: string): boolean {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return false;
  try {
    return decodeJwt(text).iss === issuer;
  } catch {
    return false;
  }
}

/** The claims of a token, or why it is refused, in words that contain nothing of it. */
export async function verifyToken(text: string, keys: TokenKeys, now: Date): Promise<VerifiedToken | Refusal> {
  try {
    const { payload, protectedHeader } = await jwtVerify(text, ({ kid = '' }) => keyOf(keys, kid), {
      algorithms: [algorithm],
      typ: type,
      issuer: keys.issuer,
      audience: keys.issuer,
      requiredClaims: ['exp', 'nbf', 'iat', 'jti', 'sub'],
      currentDate: now,
    });
    const { jti, sub, nbf = 0, exp = 0 } = payload;
    if (typeof jti === 'string' && typeof sub === 'string') {
      return { id: jti, owner: sub, key: protectedHeader.kid ?? '', notBefore: nbf, expires: exp };
    }
    return { refused: 'the token names neither itself nor its owner', told: 'is malformed' };
  } catch (error) {
    if (error instanceof UnknownKey) {
      return {
        refused: 'the key of the token is not there (any more)',
        told: 'is signed with a key that is not known',
      };
    }
    if (error instanceof errors.JOSEError) {
      return { refused: `the token is not valid: ${error.code}`, told: tokenFault(error) };
    }
    throw error;
  }
}

class UnknownKey extends Error {}

function keyOf(keys: TokenKeys, id: string): CryptoKey {
  const key = keys.verifying(id);
  if (key === undefined) throw new UnknownKey();
  return key;
}
