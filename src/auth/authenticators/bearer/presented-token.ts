import { decodeJwt } from 'jose';
import { shortened } from '../../../lib/shortened.ts';

/** A bearer token of a request, as far as it can be spoken of. */
export interface TokenSight {
  /** The issuer that the token claims, which is not verified; undefined for a token that is no JWT, or names none. */
  readonly issuer: string | undefined;
}

/** Characters of an issuer in the log, the audit trail and an answer. */
const longestIssuer = 200;
/** A token that is larger than any header of ours is not decoded. */
const longestToken = 64 * 1024;

/** What can be said of the bearer token of a request (RFC 6750, 2.1); undefined when there is none. */
export function sightOfToken(headers: Headers): TokenSight | undefined {
  const [scheme = '', token = ''] = (headers.get('authorization') ?? '').trim().split(/\s+(.*)/s);
  return scheme.toLowerCase() === 'bearer' ? { issuer: issuerOf(token) } : undefined;
}

function issuerOf(token: string): string | undefined {
  if (token.length > longestToken || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return undefined;
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? shortened(iss, longestIssuer) : undefined;
  } catch {
    return undefined;
  }
}
