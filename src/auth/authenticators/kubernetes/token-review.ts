import { isObject } from '../../../lib/objects.ts';
import type { Identity, Refusal } from '../../authenticator.ts';
import { isName, type PrefixedNames } from '../prefixed-names.ts';
import type { RemoteOptions } from '../remote/options.ts';

export interface Kubernetes extends RemoteOptions {
  /** Audiences of which the token must be for one; an empty list means the audience of the API itself. */
  readonly audiences: readonly string[];
  readonly names: PrefixedNames;
  /** The server's own token for the API, read each time: a service account's token is renewed. */
  readonly ownToken: () => Promise<string | undefined>;
}

/**
 * Asks the API for the owner of a token (`POST /apis/authentication.k8s.io/v1/tokenreviews`).
 *
 * @throws Error when there is no verdict, also when the server itself may not ask
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
  if (status.authenticated !== true)
    return { refused: 'Kubernetes does not know the token', told: 'is not known to Kubernetes' };
  // An API that does not know audiences omits them, and has not checked those of the token.
  if (audiences.length > 0 && !textsOf(status.audiences).some((audience) => audiences.includes(audience))) {
    return { refused: 'the token is for another audience', told: 'is for another audience' };
  }
  const { username, groups } = isObject(status.user) ? status.user : {};
  if (!isName(username)) return { refused: 'Kubernetes gives no name for the token' };
  return names.identity(username, textsOf(groups));
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isName) : [];
}
