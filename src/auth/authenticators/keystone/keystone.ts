import { isObject } from '../../../lib/objects.ts';
import type { Identity, Refusal } from '../../authenticator.ts';
import { isName, type PrefixedNames } from '../prefixed-names.ts';
import type { RemoteOptions } from '../remote/options.ts';
import type { Answer } from '../remote/service.ts';

/**
 * The proof for Keystone: the member `identity` of its request (Identity API v3, "Authentication and token
 * management").
 */
export type KeystoneProof =
  | { readonly methods: readonly ['password']; readonly password: object }
  | { readonly methods: readonly ['token']; readonly token: object };

export interface Keystone extends RemoteOptions {
  /** Users of this domain have their bare names; other users have their domain as a prefix, `Other/alice`. */
  readonly domain: string;
  readonly names: PrefixedNames;
}

/**
 * Asks Keystone for a token with the proof: a token means that the proof is right (contract 9.4).
 *
 * @param given the name the caller gave, used when the answer has none
 * @throws Error when the answer is neither yes nor no
 */
export async function askKeystone(
  { url, service, domain, names }: Keystone,
  identity: KeystoneProof,
  given?: string,
): Promise<Identity | Refusal> {
  const call = { url, body: { auth: { identity } } };
  const answer = await service.call(call);
  const claimed = given === undefined ? {} : { claimed: given };
  if ([400, 401, 403, 404].includes(answer.status)) return { refused: `Keystone said ${answer.status}`, ...claimed };
  if (answer.status !== 201) throw service.unexpected(call, answer);
  if ((answer.headers.get('x-subject-token') ?? '') === '') return { refused: 'Keystone gave no token', ...claimed };
  const user = userOf(answer, domain) ?? given;
  if (user === undefined) return names.unnamed();
  return typeof user === 'string' ? names.identity(user) : user;
}

/** The name as Keystone spells it: it takes `ALICE` for `alice`, and a token has no name at all. */
function userOf({ body }: Answer, domain: string): string | Refusal | undefined {
  const token = isObject(body) ? body.token : undefined;
  const user = isObject(token) ? token.user : undefined;
  if (!isObject(user) || !isName(user.name)) return undefined;
  const theirs = isObject(user.domain) && isName(user.domain.name) ? user.domain.name : domain;
  if (theirs !== domain) return `${theirs}/${user.name}`;
  if (!user.name.includes('/')) return user.name;
  return { refused: 'the name has a "/" in it, which stands between domain and user', claimed: user.name };
}
