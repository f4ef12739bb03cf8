import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { requestWith } from '../support.ts';
import { alice, tokenService } from './support.ts';

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part = ''): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());

type Service = Awaited<ReturnType<typeof tokenService>>;

/** What a token of this server says, changed, and signed with its real key. */
async function resigned(
  { keys }: Service,
  token: string,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const [head, body] = token.split('.');
  const payload = JSON.parse(JSON.stringify({ ...decode(body), ...claims }));
  const protectedHeader = JSON.parse(JSON.stringify({ alg: 'EdDSA', ...decode(head), ...header }));
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(keys.current.key);
}

test('the bearer of a token is its owner, within the grants of the token', async () => {
  await using service = await tokenService();
  const { token, id } = await service.automation(60);
  expect(await service.authenticate(token)).toEqual({
    ...alice,
    token: { id, kind: 'automation', grants: [expect.objectContaining({ role: 'admin' })] },
  });
});

test('nothing of a token but who it is stands in it', async () => {
  await using service = await tokenService();
  const { token, id } = await service.automation(60);
  const [head, body] = token.split('.');
  expect(decode(head)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: expect.any(String) });
  const { issuer } = service.keys;
  const times = { iat: expect.any(Number), nbf: expect.any(Number), exp: expect.any(Number) };
  expect(decode(body)).toEqual({ iss: issuer, aud: issuer, sub: 'alice', jti: id, ...times });
});

/** Each makes of a good token one that is to be refused. */
const hostile: [string, (service: Service, token: string) => Promise<string> | string][] = [
  ['the algorithm none', (_, token) => `${encode({ alg: 'none', typ: 'at+jwt' })}.${token.split('.')[1]}.`],
  [
    'the algorithm none with the signature of another',
    (_, token) => `${encode({ ...decode(token.split('.')[0]), alg: 'none' })}.${token.split('.').slice(1).join('.')}`,
  ],
  [
    'HMAC with the public key as text',
    async ({ keys }, token) => {
      const { id } = keys.current;
      const verifying = keys.verifying(id);
      if (verifying === undefined) throw new Error('the key is not there');
      const head = encode({ alg: 'HS256', typ: 'at+jwt', kid: id });
      const signed = `${head}.${token.split('.')[1]}`;
      const secret = await exportSPKI(verifying);
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    },
  ],
  [
    'HMAC with the public key as bytes',
    async ({ keys }, token) => {
      const verifying = keys.verifying(keys.current.id);
      if (verifying === undefined) throw new Error('the key is not there');
      const { x = '' } = await exportJWK(verifying);
      const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: keys.current.id })}.${token.split('.')[1]}`;
      return `${signed}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(signed).digest('base64url')}`;
    },
  ],
  [
    'another key under the id of ours',
    async (_, token) => {
      const { privateKey } = await generateKeyPair('EdDSA');
      const [head, body] = token.split('.');
      const header = { ...decode(head), alg: 'EdDSA' };
      return new SignJWT(decode(body)).setProtectedHeader(header).sign(privateKey);
    },
  ],
  [
    'a key that it brings along',
    async (_, token) => {
      const pair = generateKeyPairSync('ed25519');
      const [head, body] = token.split('.');
      const jwk = await exportJWK(pair.publicKey);
      const header = { ...decode(head), alg: 'EdDSA', jwk };
      return new SignJWT(decode(body)).setProtectedHeader(header).sign(pair.privateKey);
    },
  ],
  ['another audience', (service, token) => resigned(service, token, { aud: 'urn:commissaire:another' })],
  ['no audience', (service, token) => resigned(service, token, { aud: undefined })],
  ['no id', (service, token) => resigned(service, token, { jti: undefined })],
  ['an id that is no text', (service, token) => resigned(service, token, JSON.parse('{"jti": 5}'))],
  ['an id of no token', (service, token) => resigned(service, token, { jti: 'another' })],
  ['no owner', (service, token) => resigned(service, token, { sub: undefined })],
  ['another owner', (service, token) => resigned(service, token, { sub: 'bob' })],
  ['no end', (service, token) => resigned(service, token, { exp: undefined })],
  ['an end that has been', (service, token) => resigned(service, token, { exp: 1 })],
  ['an end that is no number', (service, token) => resigned(service, token, JSON.parse('{"exp": "9999999999"}'))],
  ['a beginning to come', (service, token) => resigned(service, token, { nbf: 9_999_999_999 })],
  ['no beginning', (service, token) => resigned(service, token, { nbf: undefined })],
  ['no time of issue', (service, token) => resigned(service, token, { iat: undefined })],
  ['another type', (service, token) => resigned(service, token, {}, { typ: 'JWT' })],
  ['no type', (service, token) => resigned(service, token, {}, { typ: undefined })],
  ['an unknown key id', (service, token) => resigned(service, token, {}, { kid: 'another' })],
  ['no key id', (service, token) => resigned(service, token, {}, { kid: undefined })],
  ['a key id that is a name of every object', (service, token) => resigned(service, token, {}, { kid: '__proto__' })],
  [
    'a payload that was changed',
    (_, token) => {
      const [head, body, signature] = token.split('.');
      return `${head}.${encode({ ...decode(body), exp: 9_999_999_999 })}.${signature}`;
    },
  ],
  ['a signature that was cut short', (_, token) => token.slice(0, -4)],
  ['no signature', (_, token) => `${token.split('.').slice(0, 2).join('.')}.`],
];

test.each(hostile)('a token with %s is refused, and the log does not hold it', async (_, make) => {
  await using service = await tokenService();
  const { token } = await service.automation(60);
  const made = await make(service, token);
  const outcome = await service.authenticate(made);
  expect(outcome).toMatchObject({ refused: expect.any(String) });
  expect(JSON.stringify(outcome)).not.toContain(made.split('.')[1]);
  // What was changed is the reason.
  expect(await service.authenticate(token)).toMatchObject({ name: 'alice' });
});

test.each([
  ['another issuer', (service: Service, token: string) => resigned(service, token, { iss: 'https://id.example.com' })],
  ['no issuer', (service: Service, token: string) => resigned(service, token, { iss: undefined })],
  ['no form at all', () => 'sha256~opaque'],
  ['one part too many', (_: Service, token: string) => `${token}.x`],
  ['a payload that is no JSON', () => 'e30.AAAA.AAAA'],
])('a bearer token with %s is left to others', async (_, make) => {
  await using service = await tokenService();
  const { token } = await service.automation(60);
  expect(await service.authenticate(await make(service, token))).toBe('pass');
});

test.each(['', 'Basic YTpi', 'Bearer', 'Digest x'])('other credentials are left to others: %j', async (header) => {
  await using service = await tokenService();
  const { tokenAuthenticator } = await import('../../../src/auth/tokens/authenticator.ts');
  const authenticator = tokenAuthenticator(service);
  expect(await authenticator.authenticate(requestWith(header))).toBe('pass');
});

test('a token that has expired or was revoked, or whose key was removed, is refused', async () => {
  await using service = await tokenService();
  const short = await service.automation(60);
  const long = await service.automation(4 * 3_600);
  service.clock.advance(60_000);
  expect(await service.authenticate(short.token)).toMatchObject({
    refused: expect.stringContaining('ERR_JWT_EXPIRED'),
  });
  await service.tokens.revoke(long.id, 'alice');
  expect(await service.authenticate(long.token)).toMatchObject({ refused: 'the token was revoked' });
});

test('with a record that says so a token ends before its own time', async () => {
  await using service = await tokenService();
  const { token } = await service.automation(60);
  const late = await resigned(service, token, { exp: 9_999_999_999 });
  service.clock.advance(60_000);
  expect(await service.authenticate(late)).toMatchObject({
    refused: expect.stringMatching(/^the token expired at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
});

test('what was minted with a token ends with it, however far down', async () => {
  await using service = await tokenService();
  const top = await service.automation(600);
  const under = async (token: string) => {
    const identity = await service.authenticate(token);
    if (identity === 'pass' || identity instanceof Response || 'refused' in identity) throw new Error('no identity');
    return service.automation(60, identity);
  };
  const middle = await under(top.token);
  const bottom = await under(middle.token);
  expect(bottom.lineage).toEqual([top.id, middle.id]);
  const beside = await under(top.token);
  await service.tokens.revoke(middle.id, 'alice');
  expect(await service.authenticate(bottom.token)).toMatchObject({ refused: expect.stringContaining('was revoked') });
  expect((await service.tokens.find(bottom.id))?.revoked_at).not.toBe('');
  expect(await service.authenticate(beside.token)).toMatchObject({ name: 'alice' });
});
