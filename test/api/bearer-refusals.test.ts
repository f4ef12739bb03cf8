import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basicOf, startServer, type TestServer, usersNamed } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { expectProblem } from './support.ts';

const issuer = 'https://login.example.com';
const directory = temporaryDirectory();
let keys: CryptoKeyPair;
let server: TestServer;
/** A server that knows passwords and its own tokens only. */
let passwords: TestServer;

beforeAll(async () => {
  keys = await generateKeyPair('ES256');
  const jwks = join(directory.path, 'jwks.json');
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' }] }));
  const basic = { name: 'httpbasicauth', users: usersNamed('tester', 'viewer') };
  const jwt = { name: 'jwt', issuer, audience: 'commissaire', jwks };
  const roles = {
    'default-role': 'none',
    'role-bindings': [
      { role: 'admin', subjects: ['user:tester'] },
      { role: 'viewer', subjects: ['user:viewer'] },
    ],
  };
  server = await startServer({ configuration: { 'authentication-plugins': [basic, jwt], ...roles } });
  passwords = await startServer({ configuration: { 'authentication-plugins': [basic], ...roles } });
});
afterAll(async () => {
  await Promise.all([server[Symbol.asyncDispose](), passwords[Symbol.asyncDispose]()]);
  directory[Symbol.dispose]();
});

const hour = 3600;
const now = () => Math.floor(Date.now() / 1000);
const good = (): JWTPayload => ({ iss: issuer, aud: 'commissaire', sub: 'alice', exp: now() + hour });

function signed(claims: JWTPayload, header: object = {}, key = keys.privateKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key);
}

async function own(at: TestServer): Promise<{ id: string; token: string }> {
  return Object(
    (await at.request('POST', '/api/v0/tokens', {}, { headers: { authorization: basicOf('viewer') } })).body,
  );
}

const list = (token: string, at: TestServer) =>
  at.request('GET', '/api/v0/hosts', undefined, { headers: { authorization: `Bearer ${token}` } });

const foreignKey = async () => (await generateKeyPair('ES256')).privateKey;
const other = 'https://other.example.com';

test.each<[string, () => Promise<string>, string]>([
  [
    'of another issuer',
    () => signed({ ...good(), iss: other }),
    `is of the issuer ${other}, whose tokens this server does not take`,
  ],
  ['that has expired', () => signed({ ...good(), exp: 1_600_000_000 }), 'expired at 2020-09-13T12:26:40Z'],
  ['for another audience', () => signed({ ...good(), aud: 'elsewhere' }), 'is for another audience'],
  ['that is not valid yet', () => signed({ ...good(), nbf: now() + hour }), 'is not valid yet'],
  ['without an end', () => signed({ iss: issuer, aud: 'commissaire', sub: 'alice' }), 'lacks the claim exp'],
  ['of an unknown key', () => signed(good(), { kid: 'two' }), 'is signed with a key that is not known'],
  ['of a foreign key', async () => signed(good(), {}, await foreignKey()), 'has a wrong signature'],
  ['without a name', () => signed({ iss: issuer, aud: 'commissaire', exp: now() + hour }), 'has no usable claim sub'],
  ['that is malformed', async () => 'two words', 'is malformed'],
  ['that is empty', async () => '', 'is malformed'],
  [
    'of this server that was revoked',
    async () => {
      const { id, token } = await own(server);
      expect((await server.request('DELETE', `/api/v0/token/${id}`)).status).toBe(200);
      return token;
    },
    'was revoked',
  ],
  [
    'of this server that was changed',
    async () => (await own(server)).token.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA')),
    'has a wrong signature',
  ],
])('a token %s is answered invalid_token, with the reason', async (_, make, fault) => {
  const token = await make();
  const answer = await list(token, server);
  expectProblem(answer, 'credentials_refused');
  expect(answer.headers.get('www-authenticate')).toBe(
    `Bearer realm="commissaire", error="invalid_token", error_description="the token ${fault}"`,
  );
  expect(answer.body).toMatchObject({ detail: `the bearer token of the request ${fault}` });
});

test.each<[string, (at: TestServer) => Promise<string>, string | undefined, string]>([
  ['of another issuer', () => signed({ ...good(), iss: other }), other, `is of the issuer ${other}, whose`],
  [
    'of an issuer with a long name and controls',
    () => signed({ ...good(), iss: `https://a\u001b[31m"${'x'.repeat(5000)}` }),
    expect.stringMatching(/^https:\/\/a[^x]+x+[^x]+x+$/),
    "is of the issuer https://a'[31m'xxx",
  ],
  ['that is no JWT', async () => 'sha256~abcdef', undefined, 'is not of a kind that this server knows'],
  ['whose claims are no JSON', async () => 'e30.bm8.c2ln', undefined, 'is not of a kind that this server knows'],
])('log and audit trail say of a token %s what it claims, and never show it', async (_, make, seen, told) => {
  const token = await make(passwords);
  const refused = () => passwords.audit().filter(({ result }) => result === 'refused');
  const known = refused().length;
  const before = passwords.log.length;
  const answer = await list(token, passwords);
  expectProblem(answer, 'credentials_refused');
  expect(answer.headers.get('www-authenticate')).toContain(`error_description="the token ${told}`);
  expect(answer.headers.get('www-authenticate')?.length).toBeLessThan(500);
  const lines = passwords.log.slice(before).filter((line) => line.includes('credentials refused'));
  expect(lines).toHaveLength(1);
  await until(() => refused().length > known);
  const entry: object = refused().at(-1) ?? {};
  expect(entry).toMatchObject({ code: 'credentials_refused', method: '', status: 403, count: 1 });
  const issuer = 'issuer' in entry ? entry.issuer : undefined;
  expect(issuer).toEqual(seen);
  if (issuer === other) expect(lines[0]).toContain(`"issuer":"${other}"`);
  const [, payload = token] = token.split('.');
  expect([...passwords.log.slice(before), JSON.stringify(refused())].join('\n')).not.toContain(payload);
});

test('a token that may not do what is asked is answered insufficient_scope, with the permission', async () => {
  const { token } = await own(server);
  const authorization = `Bearer ${token}`;
  const answer = await server.request('PUT', '/api/v0/cluster/web', {}, { headers: { authorization } });
  expectProblem(answer, 'forbidden');
  expect(answer.headers.get('www-authenticate')).toMatch(
    /^Bearer realm="commissaire", error="insufficient_scope", error_description="viewer lacks the permission cluster:write[^"]+", scope="cluster:write"$/,
  );
});

test('other credentials get neither', async () => {
  const wrong = { headers: { authorization: `Basic ${Buffer.from('viewer:wrong').toString('base64')}` } };
  const refused = await server.request('GET', '/api/v0/hosts', undefined, wrong);
  expectProblem(refused, 'credentials_refused');
  const viewer = { headers: { authorization: basicOf('viewer') } };
  const forbidden = await server.request('PUT', '/api/v0/cluster/web', {}, viewer);
  expectProblem(forbidden, 'forbidden');
  const none = await server.request('GET', '/api/v0/hosts', undefined, { headers: { authorization: '' } });
  expectProblem(none, 'credentials_required');
  expect([refused, forbidden].map(({ headers }) => headers.get('www-authenticate'))).toEqual([null, null]);
  expect(none.headers.get('www-authenticate')).not.toContain('error=');
});
