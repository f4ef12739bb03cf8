import { expect, test } from 'vitest';
import { keystonepasswordauth } from '../../../../src/auth/authenticators/keystone/password.ts';
import { keystonetokenauth } from '../../../../src/auth/authenticators/keystone/token.ts';
import { keystoneTokens, keystoneUser, startKeystone } from '../../../support/keystone.ts';
import { basic, requestWith } from '../../support.ts';
import { makeRemote } from '../support.ts';

async function withKeystone(kind: typeof keystonetokenauth, options: object = {}) {
  const service = await startKeystone();
  const made = await makeRemote(kind, service, { url: `${service.url}/v3/auth/tokens`, ...options });
  return { service, ...made };
}

const { name, password } = keystoneUser;
const withToken = (token: string) => {
  const { headers, ...request } = requestWith(undefined);
  headers.set('x-auth-token', token);
  return { ...request, headers };
};

test('a password of Keystone logs in, as a user that no other method has', async () => {
  using keystone = await withKeystone(keystonepasswordauth);
  const login = (user: string, given: string) => keystone.authenticator.authenticate(requestWith(basic(user, given)));
  const alice = { name: 'keystone:alice', method: 'keystonepasswordauth', subjects: ['user:keystone:alice'] };
  expect(await login(name, password)).toEqual(alice);
  expect(await login('ALICE', password)).toEqual(alice);
  expect(await login(name, 'wrong')).toEqual({ refused: 'Keystone said 401', claimed: name });
  expect(await login('nobody', password)).toEqual({ refused: 'Keystone said 401', claimed: 'nobody' });
  const { guessable } = keystone.authenticator;
  expect(guessable?.claimed(requestWith(basic(name, password)))).toBe(name);
  expect(await guessable?.recall(requestWith(basic(name, password)))).toEqual(alice);
  expect(guessable?.recall(requestWith(basic(name, 'wrong')))).toBeUndefined();
});

test('users of the domain that is configured are asked for, and have no domain in their names', async () => {
  using keystone = await withKeystone(keystonepasswordauth, { domain: 'Other', prefix: 'os' });
  expect(await keystone.authenticator.authenticate(requestWith(basic(name, password)))).toMatchObject({
    name: 'os:alice',
    subjects: ['user:os:alice'],
  });
});

test('a token of Keystone says whose it is; users of another domain are other users', async () => {
  using keystone = await withKeystone(keystonetokenauth);
  const { authenticate } = keystone.authenticator;
  expect(await authenticate(withToken(keystoneTokens.ofDefault))).toEqual({
    name: 'keystone:alice',
    method: 'keystonetokenauth',
    subjects: ['user:keystone:alice'],
  });
  expect(await authenticate(withToken(keystoneTokens.ofOther))).toMatchObject({ name: 'keystone:Other/alice' });
  expect(await authenticate(withToken('gAAAAAB-nobodys'))).toEqual({ refused: 'Keystone said 401' });
  expect(await authenticate(withToken(''))).toHaveProperty('refused');
});

const token = { token: { user: { name: 'alice', domain: { name: 'Default' } } } };

test.each([
  ['201 without a token', () => Response.json(token, { status: 201 }), { refused: 'Keystone gave no token' }],
  ['201 that names nobody', () => accepted({}), { name: 'keystone:alice' }],
  ['201 that is no JSON', () => accepted('<html>'), { name: 'keystone:alice' }],
  ['a name that looks like one of another domain', () => accepted(named('Other/alice')), { claimed: 'Other/alice' }],
  ['a name with a line feed', () => accepted(named('a\nb')), { name: 'keystone:alice' }],
])('the answer %s', async (_, answer, verdict) => {
  using keystone = await withKeystone(keystonepasswordauth);
  keystone.service.interfere = answer;
  expect(await keystone.authenticator.authenticate(requestWith(basic(name, password)))).toMatchObject(verdict);
});

test('a 200 with a token is no yes, but it is no no either', async () => {
  using keystone = await withKeystone(keystonetokenauth);
  keystone.service.interfere = () => Response.json(token, { headers: { 'x-subject-token': 'x' } });
  await expect(keystone.authenticator.authenticate(withToken('t'))).rejects.toThrow('answered with 200');
});

test('a token whose answer names nobody is a caller that no name can be', async () => {
  using keystone = await withKeystone(keystonetokenauth);
  keystone.service.interfere = () => accepted({});
  expect(await keystone.authenticator.authenticate(withToken('t'))).toMatchObject({ name: 'keystone:(unnamed)' });
});

function accepted(body: unknown): Response {
  return Response.json(body, { status: 201, headers: { 'x-subject-token': 'x' } });
}

function named(user: string) {
  return { token: { user: { name: user, domain: { name: 'Default' } } } };
}
