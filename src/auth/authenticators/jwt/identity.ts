import type { JWTPayload } from 'jose';
import type { Identity, Refusal } from '../../authenticator.ts';
import { isName, type PrefixedNames } from '../prefixed-names.ts';

/** The claims of a token that become the caller's name and subjects. */
export interface ClaimMapping {
  readonly names: PrefixedNames;
  readonly usernameClaim: string;
  readonly groupsClaim: string;
  /** Claims that become subjects `claim:NAME=VALUE`. */
  readonly claims: readonly string[];
}

/** The caller that the claims of a verified token identify. */
export function identityOf(token: JWTPayload, mapping: ClaimMapping): Identity | Refusal {
  const { names, usernameClaim, groupsClaim, claims } = mapping;
  const name = claimAt(token, usernameClaim);
  if (!isName(name)) {
    return {
      refused: `the token has no usable claim "${usernameClaim}"`,
      told: `has no usable claim ${usernameClaim}`,
    };
  }
  // A user who may enter any address in their account must not become another user by it (OpenID Connect Core 1.0,
  // 5.7).
  if (usernameClaim === 'email' && token.email_verified !== undefined && token.email_verified !== true) {
    return {
      refused: 'the provider has not verified the email',
      claimed: name,
      told: 'has an email that is not verified',
    };
  }
  const subjects = claims.flatMap((claim) => textsOf(claimAt(token, claim)).map((text) => names.claim(claim, text)));
  return names.identity(name, textsOf(claimAt(token, groupsClaim)), subjects);
}

/** The claim with that name; otherwise `realm_access.roles` is the member `roles` of the claim `realm_access`. */
function claimAt(token: JWTPayload, path: string): unknown {
  if (Object.hasOwn(token, path)) return token[path];
  return path.split('.').reduce<unknown>((value, key) => memberOf(value, key), token);
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

/** One text per value, also from nested lists. Values that cannot be part of a subject are left out. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return isName(text) ? [text] : [];
}
