import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { jwt } from '../../../../src/auth/authenticators/jwt/kind.ts';
import { type IdentityService, startIdentityService } from '../../../support/identity-service.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { requestWith } from '../../support.ts';
import { makeKind, makeRemote } from '../support.ts';

const issuer = 'https://login.example.com';
let keys: CryptoKeyPair;
let foreign: CryptoKeyPair;

beforeAll(async () => {
  keys = await generateKeyPair('RS256', { extractable: true });
  foreign = await generateKeyPair('RS256', { extractable: true });
});

const claims = { iss: issuer, aud: 'commissaire', sub: 'alice', exp: 600 };

function signed(payload: JWTPayload, key = keys.privateKey, header: object = {}): Promise<string> {
  const token = new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header });
  return token.sign(key, { crit: { rules: true } });
}

async function keySet(kid: string | undefined, ...published: CryptoKeyPair[]) {
  const jwks = await Promise.all(published.map(({ publicKey }) => exportJWK(publicKey)));
  return { keys: jwks.map((key) => ({ ...key, use: 'sig', ...(kid === undefined ? {} : { kid }) })) };
}

/** By a clock that stands at the second 0 of 1970, with the keys in a file. */
async function withKeys(set: object, options: object = {}) {
  const directory = temporaryDirectory();
  const jwks = join(directory.path, 'jwks.json');
  writeFileSync(jwks, JSON.stringify(set));
  const made = await makeKind(jwt, { issuer, audience: 'commissaire', jwks, ...options });
  const authenticate = (token: string) => made.authenticator.authenticate(requestWith(`Bearer ${token}`));
  return { ...made, jwks, authenticate, [Symbol.dispose]: directory[Symbol.dispose] };
}

/** Signs a text as HS256 with what everybody may know: the key confusion of RFC 8725, 2.1. */
async function signedWithThePublicKey(payload: object): Promise<string> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', kid: 'one' })}.${part(payload)}`;
  const key = await exportSPKI(keys.publicKey);
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

async function tampered(): Promise<string> {
  const [header, , signature] = (await signed(claims)).split('.');
  const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url');
  return `${header}.${payload}.${signature}`;
}

test.each<[string, () => Promise<string> | string]>([
  ['has expired', () => signed({ ...claims, exp: -31 })],
  ['never expires', () => signed({ iss: issuer, aud: 'commissaire', sub: 'alice' })],
  ['does not count yet', () => signed({ ...claims, nbf: 31 })],
  ['is for somebody else', () => signed({ ...claims, aud: 'elsewhere' })],
  ['is for nobody', () => signed({ iss: issuer, sub: 'alice', exp: 600 })],
  ['is not signed (alg none)', () => new UnsecuredJWT(claims).encode()],
  ['is signed with the public key as a secret (RS256 to HS256)', () => signedWithThePublicKey(claims)],
  ['is signed with a key that is not published', () => signed(claims, keys.privateKey, { kid: 'other' })],
  ['is signed with the key of somebody else', () => signed(claims, foreign.privateKey)],
  ['was changed', tampered],
  ['has no name', () => signed({ iss: issuer, aud: 'commissaire', exp: 600 })],
  ['has a name with a line feed', () => signed({ ...claims, sub: 'a\nb' })],
  ['has a list for a name', () => signed({ ...claims, ...Object({ sub: ['alice'] }) })],
  ['wants what is not understood', () => signed(claims, keys.privateKey, { crit: ['rules'], rules: 1 })],
])('a token that %s is refused', async (_, token) => {
  using site = await withKeys(await keySet('one', keys));
  expect(await site.authenticate(await signed(claims))).toMatchObject({ name: 'oidc:alice' });
  expect(await site.authenticate(await token())).toHaveProperty('refused');
});

test('clocks may be half a minute apart', async () => {
  using site = await withKeys(await keySet('one', keys));
  expect(await site.authenticate(await signed({ ...claims, exp: -29, nbf: -100 }))).toMatchObject({
    name: 'oidc:alice',
  });
  expect(await site.authenticate(await signed({ ...claims, nbf: 29 }))).toMatchObject({ name: 'oidc:alice' });
});

test.each<[string, () => Promise<string> | string]>([
  ['a token of another issuer', () => signed({ ...claims, iss: `${issuer}/` })],
  ['a token without an issuer', () => signed({ aud: 'commissaire', sub: 'alice', exp: 600 })],
  ['a token that is no JWT', () => 'sha256~abc'],
])('%s is left to others', async (_, token) => {
  using site = await withKeys(await keySet('one', keys));
  expect(await site.authenticate(await token())).toBe('pass');
  expect(await site.authenticator.authenticate(requestWith('Basic YTpi'))).toBe('pass');
});

test('algorithms are those of the configuration, whatever the token says', async () => {
  using site = await withKeys(await keySet('one', keys), { algorithms: ['ES256', 'PS256'] });
  expect(await site.authenticate(await signed(claims))).toHaveProperty('refused');
});

test('a symmetric key in the set verifies nothing', async () => {
  const k = Buffer.from('everybody knows it').toString('base64url');
  using site = await withKeys({ keys: [{ kty: 'oct', k, kid: 'one' }, ...(await keySet('one', keys)).keys] });
  expect(await site.authenticate(await signed(claims))).toMatchObject({ name: 'oidc:alice' });
});

test('of several keys each is tried for a token that names none', async () => {
  using site = await withKeys(await keySet(undefined, foreign, keys));
  const unnamed = (payload: JWTPayload, key = keys.privateKey) => signed(payload, key, { kid: undefined });
  expect(await site.authenticate(await unnamed(claims))).toMatchObject({ name: 'oidc:alice' });
  const other = await generateKeyPair('RS256');
  expect(await site.authenticate(await unnamed(claims, other.privateKey))).toHaveProperty('refused');
  expect(await site.authenticate(await unnamed({ ...claims, exp: -60 }))).toHaveProperty('refused');
});

test('a file of keys that changes counts', async () => {
  using site = await withKeys(await keySet('one', foreign));
  expect(await site.authenticate(await signed(claims))).toHaveProperty('refused');
  writeFileSync(site.jwks, JSON.stringify(await keySet('one', keys)));
  site.clock.advance(1000);
  expect(await site.authenticate(await signed(claims))).toMatchObject({ name: 'oidc:alice' });
});

test.each([
  ['another claim', { username_claim: 'preferred_username' }, { preferred_username: 'Alice' }, ['user:oidc:Alice']],
  ['a verified address', { username_claim: 'email' }, { email: 'a@b', email_verified: true }, ['user:oidc:a@b']],
  ['an address nobody verified', { username_claim: 'email' }, { email: 'a@b', email_verified: false }, undefined],
  ['an address said to be verified', { username_claim: 'email' }, { email: 'a@b', email_verified: 'true' }, undefined],
  ['groups elsewhere', { groups_claim: 'roles' }, { roles: 'ops' }, ['user:oidc:alice', 'group:oidc:ops']],
  [
    'a claim with dots in its name',
    { claims: ['https://a.b/team'] },
    { 'https://a.b/team': 'x' },
    ['user:oidc:alice', 'claim:https://a.b/team=x'],
  ],
  [
    'claims of a provider with a prefix of its own',
    { claims: ['team'], prefix: 'partner' },
    { team: 'web', groups: ['ops'] },
    ['user:partner:alice', 'group:partner:ops', 'claim:partner:team=web'],
  ],
  [
    'lists in lists',
    { claims: ['t'] },
    { t: ['a', ['b', 1, true]] },
    ['user:oidc:alice', 'claim:t=a', 'claim:t=b', 'claim:t=1', 'claim:t=true'],
  ],
  [
    'values no subject can have',
    { claims: ['t'] },
    { t: ['a\nb', {}, null, '', 'x'.repeat(256)] },
    ['user:oidc:alice'],
  ],
  ['a claim of every object', { claims: ['constructor.name', '__proto__'] }, {}, ['user:oidc:alice']],
])('%s', async (_, options, more, subjects) => {
  using site = await withKeys(await keySet('one', keys), options);
  const verdict = await site.authenticate(await signed({ ...claims, ...more }));
  expect(verdict).toMatchObject(subjects === undefined ? { refused: expect.any(String) } : { subjects });
});

/** A provider that says what is in `documents`. */
async function withDocuments(documents: (service: IdentityService) => Record<string, unknown>, options: object = {}) {
  const service: IdentityService = await startIdentityService(({ url }) => {
    const found = documents(service)[new URL(url).pathname];
    return found === undefined ? new Response(null, { status: 404 }) : Response.json(found);
  });
  const made = await makeRemote(jwt, service, { issuer: service.url, audience: 'commissaire', ...options });
  const authenticate = (token: string) => made.authenticator.authenticate(requestWith(`Bearer ${token}`));
  return { ...made, service, authenticate, claims: { ...claims, iss: service.url } };
}

test('a key the provider has since yesterday is fetched, but made-up ones do not have it asked without end', async () => {
  let set = await keySet('one', keys);
  using site = await withDocuments(({ url }) => ({
    '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/keys` },
    '/keys': set,
  }));
  expect(await site.authenticate(await signed(site.claims))).toMatchObject({ name: 'oidc:alice' });
  set = await keySet('two', foreign);
  const rotated = await signed(site.claims, foreign.privateKey, { kid: 'two' });
  for (let tries = 0; tries < 5; tries += 1) expect(await site.authenticate(rotated)).toHaveProperty('refused');
  expect(site.service.asked).toBe(2);
  site.clock.advance(30_000);
  expect(await site.authenticate(rotated)).toMatchObject({ name: 'oidc:alice' });
  expect(site.service.asked).toBe(4);
  expect(await site.authenticate(await signed(site.claims))).toHaveProperty('refused');
});

const discovery = '/.well-known/openid-configuration';
test.each<[string, (service: IdentityService) => Record<string, unknown>, RegExp]>([
  [
    'describes another',
    () => ({ [discovery]: { issuer, jwks_uri: 'https://a/keys' } }),
    /does not describe the provider/,
  ],
  ['describes nothing', () => ({}), /answered with 404/],
  [
    'has its keys in clear',
    ({ url }) => ({ [discovery]: { issuer: url, jwks_uri: 'http://192.0.2.1/keys' } }),
    /jwks_uri/,
  ],
  [
    'has no keys',
    ({ url }) => ({ [discovery]: { issuer: url, jwks_uri: `${url}/a` }, '/a': { keys: 1 } }),
    /does not hold/,
  ],
])('a provider that %s lets nobody in', async (_, documents, reason) => {
  using site = await withDocuments(documents);
  await expect(site.authenticate(await signed(site.claims))).rejects.toThrow(reason);
});

test.each([
  ['that fails', () => new Response(null, { status: 500 }), /answered with 500/],
  ['that redirects', () => Response.redirect('https://192.0.2.1/'), /a redirection, which is not followed/],
  ['that does not answer', () => new Promise<Response>(() => {}), /no answer in 2 s/],
  ['that answers garbage', () => new Response('<html>'), /does not describe/],
])('a provider %s lets nobody in, and is asked again only after a while', async (_, interfere, reason) => {
  using site = await withDocuments(({ url }) => ({ [discovery]: { issuer: url, jwks_uri: `${url}/keys` } }));
  site.service.interfere = interfere;
  const token = await signed(site.claims);
  await expect(site.authenticate(token)).rejects.toThrow(reason);
  await expect(site.authenticate(token)).rejects.toThrow(reason);
  expect(site.service.asked).toBe(1);
});

test.each([
  ['no issuer', { audience: 'a' }, /jwt needs the option "issuer"/],
  ['no audience', { issuer }, /jwt needs the option "audience"/],
  ['an empty list of audiences', { issuer, audience: [] }, /there is no audience/],
  ['an issuer in clear', { issuer: 'http://login.example.com', audience: 'a' }, /in clear/],
  ['an issuer that could not be asked', { issuer: 'kubernetes/serviceaccount', audience: 'a' }, /is not a URL/],
  ['no signature', { issuer, audience: 'a', algorithms: ['none'] }, /"none" is no algorithm with a public key/],
  ['a shared secret', { issuer, audience: 'a', algorithms: ['RS256', 'HS256'] }, /"HS256" is no algorithm/],
  ['no algorithm', { issuer, audience: 'a', algorithms: [] }, /there is no algorithm/],
  [
    'keys that are not there',
    { issuer, audience: 'a', jwks: '/nonexistent' },
    /the keys in \/nonexistent cannot be used/,
  ],
  ['keys that are none', { issuer, audience: 'a', jwks: '/dev/null' }, /the keys in \/dev\/null cannot be used/],
])('%s is a fault of the configuration, with its place', async (_, options, message) => {
  await expect(makeKind(jwt, options)).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringMatching(new RegExp(`^options:1:\\d+: .*${message.source}`)),
  });
});
