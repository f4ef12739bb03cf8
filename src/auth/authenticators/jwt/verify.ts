import { decodeJwt, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Clock } from '../../../lib/clock.ts';
import type { Refusal } from '../../authenticator.ts';
import { tokenFault } from '../bearer/token-fault.ts';
import type { KeySource } from './keys.ts';

export interface TokenRules {
  readonly issuer: string;
  /** The token must contain one of them. */
  readonly audiences: readonly string[];
  /** The accepted signature algorithms, whatever the token says: none is symmetric. */
  readonly algorithms: readonly string[];
  readonly clock: Clock;
}

/** Allowed difference between the clocks of two machines. */
const clockToleranceSeconds = 30;

/** Whether a token claims to be from an issuer; this is not verified. */
export function isFromIssuer(token: string, issuer: string): boolean {
  try {
    return decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}

/** @throws Error when there are no keys to verify it with */
export async function verifyToken(
  token: string,
  { issuer, audiences, algorithms, clock }: TokenRules,
  keys: KeySource,
): Promise<{ readonly claims: JWTPayload } | Refusal> {
  const options: JWTVerifyOptions = {
    issuer,
    audience: [...audiences],
    algorithms: [...algorithms],
    requiredClaims: ['exp'],
    clockTolerance: clockToleranceSeconds,
    currentDate: clock.now(),
  };
  try {
    const { payload } = await jwtVerify(token, keys, options);
    return { claims: payload };
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithEach(token, error, options);
    return refusalOf(error);
  }
}

/** Verifies a token that does not name its key, of a provider with several keys. */
async function verifyWithEach(
  token: string,
  candidates: AsyncIterable<CryptoKey>,
  options: JWTVerifyOptions,
): Promise<{ readonly claims: JWTPayload } | Refusal> {
  let refusal: Refusal = { refused: 'no key of the provider fits', told: 'is signed with a key that is not known' };
  for await (const key of candidates) {
    try {
      return { claims: (await jwtVerify(token, key, options)).payload };
    } catch (error) {
      refusal = refusalOf(error);
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) return refusal;
    }
  }
  return refusal;
}

/** @throws errors that are no fault of the token */
function refusalOf(error: unknown): Refusal {
  if (error instanceof errors.JOSEError) {
    return { refused: `the token is not good: ${error.message}`, told: tokenFault(error) };
  }
  throw error;
}
