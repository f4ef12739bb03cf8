import { basicChallenge, credentialsOf, readBasicHeader } from '../basic/basic-header.ts';
import type { AuthenticatorKind } from '../kind.ts';
import { Verdicts } from '../remote/verdicts.ts';
import { askKeystone } from './keystone.ts';
import { keystoneOptions, readKeystone } from './options.ts';

/** User names and passwords of Keystone (contract 9.4). */
export const keystonepasswordauth: AuthenticatorKind = {
  name: 'keystonepasswordauth',
  options: keystoneOptions,
  trustsUnbound: true,
  async make(options, surroundings) {
    const keystone = await readKeystone(options, 'keystonepasswordauth', surroundings);
    const verdicts = new Verdicts(surroundings);
    return {
      name: 'keystonepasswordauth',
      asksFor: 'a user name and password (HTTP Basic)',
      challenge: basicChallenge,
      names: keystone.source,
      guessable: {
        claimed: (request) => credentialsOf(request)?.user,
        recall(request) {
          const credentials = credentialsOf(request);
          return credentials && verdicts.recall([credentials.user, credentials.password]);
        },
      },
      async authenticate({ headers }) {
        const credentials = readBasicHeader(headers.get('authorization'));
        if (credentials === 'pass' || 'refused' in credentials) return credentials;
        const { user: name, password } = credentials;
        const user = { name, password, domain: { name: keystone.domain } };
        const proof = { methods: ['password'], password: { user } } as const;
        return verdicts.of([name, password], () => askKeystone(keystone, proof, name));
      },
    };
  },
};
