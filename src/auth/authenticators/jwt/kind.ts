import { readBearerHeader } from '../bearer/bearer-header.ts';
import { bearerChallenge } from '../bearer/challenges.ts';
import type { AuthenticatorKind } from '../kind.ts';
import { identityOf } from './identity.ts';
import { jwtOptions, readJwtOptions } from './options.ts';
import { isFromIssuer, verifyToken } from './verify.ts';

/** Tokens of an OpenID provider (OpenID Connect Core 1.0, RFC 9068). */
export const jwt: AuthenticatorKind = {
  name: 'jwt',
  options: jwtOptions,
  trustsUnbound: false,
  async make(options, surroundings) {
    const { rules, keys, mapping } = await readJwtOptions(options, surroundings);
    return {
      name: 'jwt',
      asksFor: `a token of ${rules.issuer}`,
      challenge: bearerChallenge,
      names: { prefix: mapping.names.prefix, of: rules.issuer },
      async authenticate({ headers }) {
        const bearer = readBearerHeader(headers.get('authorization'));
        // A text that is no JWT may still be a token for another plugin.
        if (bearer === 'pass' || 'refused' in bearer) return bearer;
        if (!isFromIssuer(bearer.token, rules.issuer)) return 'pass';
        const verified = await verifyToken(bearer.token, rules, keys);
        return 'refused' in verified ? verified : identityOf(verified.claims, mapping);
      },
    };
  },
};
