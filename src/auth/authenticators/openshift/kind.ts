import { Faults } from '../../../config/faults.ts';
import { isObject } from '../../../lib/objects.ts';
import type { Identity, Refusal } from '../../authenticator.ts';
import { readBearerHeader } from '../bearer/bearer-header.ts';
import { bearerChallenge } from '../bearer/challenges.ts';
import type { AuthenticatorKind } from '../kind.ts';
import { isName, type PrefixedNames, readNames } from '../prefixed-names.ts';
import { type RemoteOptions, readService, serviceOptions } from '../remote/options.ts';
import { Verdicts } from '../remote/verdicts.ts';

const method = 'openshiftbearertokenauth';

/** Bearer tokens that an endpoint of OpenShift answers with 200 (contract 9.6). */
export const openshiftbearertokenauth: AuthenticatorKind = {
  name: method,
  options: ['openshift_endpoint', 'prefix', ...serviceOptions],
  trustsUnbound: true,
  async make(options, surroundings) {
    const faults = new Faults();
    const asked = {
      service: 'OpenShift',
      urlOption: 'openshift_endpoint',
      example: 'https://openshift.example.com:8443/apis/user.openshift.io/v1/users/~',
    };
    const remote = await faults.attemptAsync(() => readService(options, asked, surroundings));
    const names = faults.attempt(() => readNames(options, method, 'openshift'));
    faults.end();
    if (remote === undefined || names === undefined) throw new Error('a fault got lost');
    const verdicts = new Verdicts(surroundings);
    return {
      name: method,
      asksFor: 'a bearer token of OpenShift',
      challenge: bearerChallenge,
      names: { prefix: names.prefix, of: remote.url.origin },
      async authenticate({ headers }) {
        const bearer = readBearerHeader(headers.get('authorization'));
        if (bearer === 'pass' || 'refused' in bearer) return bearer;
        return verdicts.of([bearer.token], () => ask(remote, names, bearer.token));
      },
    };
  },
};

async function ask({ url, service }: RemoteOptions, names: PrefixedNames, token: string): Promise<Identity | Refusal> {
  const call = { url, headers: { authorization: `Bearer ${token}` } };
  const answer = await service.call(call);
  if (answer.status === 401 || answer.status === 403) {
    return { refused: `OpenShift said ${answer.status}`, told: 'is not known to OpenShift' };
  }
  if (answer.status !== 200) throw service.unexpected(call, answer);
  return identityOf(answer.body, names);
}

/** `…/users/~` answers with the User that owns the token; other endpoints do not name one. */
function identityOf(body: unknown, names: PrefixedNames): Identity {
  if (!isObject(body) || body.kind !== 'User' || !isObject(body.metadata)) return names.unnamed();
  const { name } = body.metadata;
  if (!isName(name)) return names.unnamed();
  return names.identity(name, Array.isArray(body.groups) ? body.groups.filter(isName) : []);
}
