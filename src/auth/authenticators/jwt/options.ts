import { readFileSync } from 'node:fs';
import { createLocalJWKSet } from 'jose';
import { Faults } from '../../../config/faults.ts';
import { fault, type Given } from '../../../config/given.ts';
import { readBoolean, readPath, readText, readTexts } from '../../../config/values.ts';
import { withoutByteOrderMark } from '../../../lib/byte-order-mark.ts';
import { describeError } from '../../../lib/errors.ts';
import { FollowedFile } from '../followed-file.ts';
import type { AuthenticationSurroundings } from '../kind.ts';
import type { PluginOptions } from '../plugin-options.ts';
import { readNames } from '../prefixed-names.ts';
import { readAuthority, readServiceUrl } from '../remote/options.ts';
import { Service } from '../remote/service.ts';
import { discoverKeys, fetchKeySet } from './discovery.ts';
import type { ClaimMapping } from './identity.ts';
import { FetchedKeys, type KeySource, keySetOf } from './keys.ts';
import type { TokenRules } from './verify.ts';

export const jwtOptions = [
  'issuer',
  'audience',
  'jwks',
  'algorithms',
  'username_claim',
  'groups_claim',
  'claims',
  'prefix',
  'ca',
  'insecure',
];

/**
 * Algorithms with public keys (RFC 7518, 3.1; RFC 8037; RFC 9864). With the others, a key that verifies can also sign.
 */
const publicKeyAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const usualAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

interface JwtOptions {
  readonly rules: TokenRules;
  readonly keys: KeySource;
  readonly mapping: ClaimMapping;
}

/** @throws AppError `invalid_configuration` */
export async function readJwtOptions(
  options: PluginOptions,
  surroundings: AuthenticationSurroundings,
): Promise<JwtOptions> {
  const faults = new Faults();
  const insecure = faults.attempt(() => options.optional('insecure', readBoolean)) ?? false;
  const readIssuer = (given: Given) => {
    // Only discovery needs a URL: an issuer is any text (RFC 7519, 4.1.1).
    if (options.get('jwks') === undefined) readServiceUrl(given, insecure);
    return readText(given);
  };
  const issuer = faults.attempt(() =>
    options.required('issuer', readIssuer, '"issuer": "https://login.example.com/realms/ops"'),
  );
  const audiences = faults.attempt(() => options.required('audience', readAudiences, '"audience": "commissaire"'));
  const algorithms = faults.attempt(() => options.optional('algorithms', readAlgorithms) ?? usualAlgorithms);
  const mapping = faults.attempt(() => readMapping(options));
  const keys = await faults.attemptAsync(() => readKeys(options, { issuer: issuer ?? '', insecure }, surroundings));
  faults.end();
  const { clock } = surroundings;
  if (issuer === undefined || audiences === undefined || algorithms === undefined) throw new Error('a fault got lost');
  if (mapping === undefined || keys === undefined) throw new Error('a fault got lost');
  return { rules: { issuer, audiences, algorithms, clock }, keys, mapping };
}

function readAudiences(given: Given): string[] {
  if (given.kind !== 'list') return [readText(given)];
  const audiences = readTexts(given);
  if (audiences.length > 0) return audiences;
  throw fault(given.where, 'there is no audience', 'give the one that tokens for this server are made for');
}

function readAlgorithms(given: Given): string[] {
  const algorithms = readTexts(given);
  const other = algorithms.find((algorithm) => !publicKeyAlgorithms.includes(algorithm));
  if (other === undefined && algorithms.length > 0) return algorithms;
  const problem = other === undefined ? 'there is no algorithm' : `"${other}" is no algorithm with a public key`;
  throw fault(given.where, problem, `use some of ${publicKeyAlgorithms.join(', ')}`);
}

function readMapping(options: PluginOptions): ClaimMapping {
  return {
    names: readNames(options, 'jwt', 'oidc'),
    usernameClaim: options.optional('username_claim', readText) ?? 'sub',
    groupsClaim: options.optional('groups_claim', readText) ?? 'groups',
    claims: options.optional('claims', readTexts) ?? [],
  };
}

async function readKeys(
  options: PluginOptions,
  { issuer, insecure }: { issuer: string; insecure: boolean },
  { clock, logger, deadlineMs, proxyFor }: AuthenticationSurroundings,
): Promise<KeySource> {
  const jwks = options.get('jwks');
  if (jwks !== undefined && !/^https?:/.test(readText(jwks))) return keysOfFile(jwks, { clock, logger });
  const ca = await readAuthority(options.get('ca'));
  if (insecure) logger.warn({ issuer }, `insecure: nobody verifies that the keys of ${issuer} are really its own`);
  const service = new Service({ name: 'the OpenID provider', ca, insecure, deadlineMs, proxyFor });
  const url = jwks === undefined ? undefined : readServiceUrl(jwks, insecure);
  const fetchKeys = () => (url === undefined ? discoverKeys(issuer, service, insecure) : fetchKeySet(url, service));
  return new FetchedKeys({ fetchKeys, clock, logger }).find;
}

function keysOfFile(given: Given, outside: Pick<AuthenticationSurroundings, 'clock' | 'logger'>): KeySource {
  const path = readPath(given);
  const read = () => createLocalJWKSet(keySetOf(JSON.parse(withoutByteOrderMark(readFileSync(path, 'utf8'))), path));
  try {
    const followed = new FollowedFile({ path, read, ...outside });
    return (header, token) => followed.current()(header, token);
  } catch (cause) {
    const problem = `the keys in ${path} cannot be used: ${describeError(cause)}`;
    throw fault(given.where, problem, 'name the URL or a file of a JWK set, {"keys": [ … ]}', cause);
  }
}
