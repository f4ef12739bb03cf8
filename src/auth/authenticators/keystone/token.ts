import type { AuthenticatorKind } from '../kind.ts';
import { Verdicts } from '../remote/verdicts.ts';
import { askKeystone } from './keystone.ts';
import { keystoneOptions, readKeystone } from './options.ts';

/** Tokens of Keystone, in the header that other OpenStack services use for them (contract 9.5). */
export const keystonetokenauth: AuthenticatorKind = {
  name: 'keystonetokenauth',
  options: keystoneOptions,
  trustsUnbound: true,
  async make(options, surroundings) {
    const keystone = await readKeystone(options, 'keystonetokenauth', surroundings);
    const verdicts = new Verdicts(surroundings);
    return {
      name: 'keystonetokenauth',
      asksFor: 'a token of Keystone (X-Auth-Token)',
      challenge: undefined,
      names: keystone.source,
      async authenticate({ headers }) {
        const id = headers.get('x-auth-token');
        if (id === null) return 'pass';
        if (!/^[\x21-\x7e]+$/.test(id)) return { refused: 'X-Auth-Token does not hold a token' };
        const proof = { methods: ['token'], token: { id } } as const;
        return verdicts.of([id], () => askKeystone(keystone, proof));
      },
    };
  },
};
