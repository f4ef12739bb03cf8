import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import type { Reader } from '../../store/contract.ts';
import type { Authenticator, Identity } from '../authenticator.ts';
import type { TokenKeys } from './keys.ts';
import { livingToken } from './living-token.ts';
import type { TokenRecord } from './token.ts';
import { VerifiedTokens } from './verified.ts';
import { readGrant } from './written-grant.ts';

export interface TokenAuthenticatorOptions {
  readonly store: Reader;
  readonly keys: TokenKeys;
  readonly clock: Clock;
}

/**
 * Bearer tokens (RFC 6750) that this server has minted; other tokens are left to the next authenticator. The token only
 * says which one it is. Everything else is read from its record, so that a revocation counts from the next request on.
 */
export function tokenAuthenticator({ store, keys, clock }: TokenAuthenticatorOptions): Authenticator {
  const verified = new VerifiedTokens(keys, clock);
  /** By record, while the store keeps the same object. */
  const identities = new WeakMap<TokenRecord, Identity>();
  const identityBy = (record: TokenRecord) => {
    const identity = identities.get(record) ?? identityOf(record);
    identities.set(record, identity);
    return identity;
  };
  return {
    name: 'token',
    asksFor: 'a token (Bearer)',
    challenge: undefined,
    async authenticate({ headers }) {
      const [, text = ''] = /^bearer +([^ ]+)$/i.exec((headers.get('authorization') ?? '').trim()) ?? [];
      if (text === '') return 'pass';
      const now = clock.now();
      const claims = await verified.verify(text, now);
      if (claims === 'pass' || 'refused' in claims) return claims;
      try {
        const record = await livingToken(store, claims.id, now);
        if (record.owner === claims.owner) return identityBy(record);
        return { refused: 'the token is of somebody else', claimed: claims.owner, told: 'is of somebody else' };
      } catch (error) {
        if (error instanceof AppError && error.code === 'credentials_refused') {
          return { refused: error.message, claimed: claims.owner, told: error.message.replace(/^the token /, '') };
        }
        throw error;
      }
    },
  };
}

/** The identity of the owner: if the owner loses a role, so does the token. */
function identityOf({ id, kind, owner, method, subjects, ownerGrants, grants }: TokenRecord): Identity {
  return {
    name: owner,
    method,
    subjects,
    ...(ownerGrants === undefined ? {} : { grants: ownerGrants.map(readGrant) }),
    token: { id, kind, grants: grants.map(readGrant) },
  };
}
