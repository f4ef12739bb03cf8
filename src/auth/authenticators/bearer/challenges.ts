import type { TokenSight } from './presented-token.ts';

export const bearerChallenge = 'Bearer realm="commissaire"';

/** The challenge for a token that does not count (RFC 6750, 3.1). */
export function invalidToken(description: string): string {
  return `${bearerChallenge}, error="invalid_token", error_description="${described(description)}"`;
}

/** The challenge for a token that may not do what was asked for (RFC 6750, 3.1). */
export function insufficientScope(description: string, permission: string | undefined): string {
  const scope = permission === undefined ? '' : `, scope="${described(permission)}"`;
  return `${bearerChallenge}, error="insufficient_scope", error_description="${described(description)}"${scope}`;
}

/** Why no authenticator has looked at a token, after "the token". */
export function unknownIssuer({ issuer }: TokenSight): string {
  return issuer === undefined
    ? 'is not of a kind that this server knows'
    : `is of the issuer ${issuer}, whose tokens this server does not take`;
}

/** The characters that RFC 6750, 3 allows, without those that end the text. */
function described(text: string): string {
  return text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'");
}
