import { readBearerHeader } from '../bearer/bearer-header.ts';
import { bearerChallenge } from '../bearer/challenges.ts';
import type { AuthenticatorKind } from '../kind.ts';
import { Verdicts } from '../remote/verdicts.ts';
import { kubernetesOptions, readKubernetes } from './options.ts';
import { reviewToken } from './token-review.ts';

/** Bearer tokens that a Kubernetes API knows: those of its service accounts, and of its users. */
export const kubernetesauth: AuthenticatorKind = {
  name: 'kubernetesauth',
  options: kubernetesOptions,
  trustsUnbound: false,
  async make(options, surroundings) {
    const kubernetes = await readKubernetes(options, surroundings);
    const verdicts = new Verdicts(surroundings);
    return {
      name: 'kubernetesauth',
      asksFor: 'a bearer token of Kubernetes',
      challenge: bearerChallenge,
      names: { prefix: kubernetes.names.prefix, of: kubernetes.url.origin },
      async authenticate({ headers }) {
        const bearer = readBearerHeader(headers.get('authorization'));
        if (bearer === 'pass' || 'refused' in bearer) return bearer;
        return verdicts.of([bearer.token], () => reviewToken(kubernetes, bearer.token));
      },
    };
  },
};
