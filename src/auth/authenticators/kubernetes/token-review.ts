import { isObject } from '../../../lib/objects.ts';
import type { Identity, Refusal } from '../../authenticator.ts';
import { isName, type PrefixedNames } from '../prefixed-names.ts';
import type { RemoteOptions } from '../remote/options.ts';

export interface Kubernetes extends RemoteOptions {
  /** Of which the token has to be for one; none asks for the audience of the API itself. */
  readonly audiences: readonly string[];
  readonly names: PrefixedNames;
  /** The token we may ask with, as it is now: that of a service account is renewed. */
  readonly ownToken: () => Promise<string | undefined>;
}

/**
 * Asks who a token is of (`POST /apis/authentication.k8s.io/v1/tokenreviews`).
 *
 * @throws Error when there is no verdict, be it that we ourselves may not ask
 */
export async function reviewToken(kubernetes: Kubernetes, token: string): Promise<Identity | Refusal> {
  const { url, service, audiences, names, ownToken } = kubernetes;
  const own = await ownToken();
  const spec = audiences.length === 0 ? { token } : { token, audiences };
  const call = {
    url,
    ...(own === undefined ? {} : { headers: { authorization: `Bearer ${own}` } }),
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec },
  };
  const answer = await service.call(call);
  if (answer.status !== 201 && answer.status !== 200) throw service.unexpected(call, answer);
  const status = isObject(answer.body) && answer.body.kind === 'TokenReview' ? answer.body.status : undefined;
  if (!isObject(status)) throw new Error(`Kubernetes at ${url.origin} answered with something else than a TokenReview`);
  return verdictOf(status, audiences, names);
}

function verdictOf(
  status: Record<string, unknown>,
  audiences: readonly string[],
  names: PrefixedNames,
): Identity | Refusal {
  if (status.authenticated !== true) return { refused: 'Kubernetes does not know the token' };
  // An API that does not know audiences leaves them out, and has not looked at those of the token.
  if (audiences.length > 0 && !textsOf(status.audiences).some((audience) => audiences.includes(audience))) {
    return { refused: 'the token is for another audience' };
  }
  const { username, groups } = isObject(status.user) ? status.user : {};
  if (!isName(username)) return { refused: 'Kubernetes gives no name for the token' };
  return names.identity(username, textsOf(groups));
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isName) : [];
}
