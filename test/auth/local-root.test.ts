import { expect, test } from 'vitest';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { authenticationChain } from '../../src/auth/chain.ts';
import { adminGrant } from '../../src/auth/roles.ts';
import { Attempts } from '../../src/auth/throttle/attempts.ts';
import type { Transport } from '../../src/auth/transport.ts';
import { recordingLogger, standingClock } from './support.ts';

const refusing: Authenticator = {
  name: 'refusing',
  asksFor: 'what nobody has',
  challenge: undefined,
  authenticate: async ({ headers }) => (headers.has('authorization') ? { refused: 'wrong' } : 'pass'),
};

function asked(transport: Transport, headers: Record<string, string>, authenticators = [refusing]) {
  const chain = authenticationChain({
    authenticators,
    selfAuths: [],
    attempts: new Attempts(standingClock()),
    logger: recordingLogger(),
  });
  const peer = transport.kind === 'unix' ? 'unix' : '127.0.0.1';
  return chain.authenticate({ headers: new Headers(headers), method: 'GET', path: '/x', peer, transport });
}

test.each([[[refusing]], [[]]])('over the Unix socket nobody is asked for credentials', async (authenticators) => {
  expect(await asked({ kind: 'unix' }, {}, authenticators)).toEqual({
    name: 'root',
    method: 'unix-socket',
    subjects: ['user:root'],
    grants: [adminGrant],
  });
});

test.each<[string, Transport, Record<string, string>, number]>([
  ['credentials that are sent are judged', { kind: 'unix' }, { authorization: 'Bearer x' }, 403],
  ['a token of keystone that nobody knows', { kind: 'unix' }, { 'x-auth-token': 'x' }, 401],
  ['what a proxy sends on comes from elsewhere', { kind: 'unix' }, { 'x-forwarded-for': '192.0.2.1' }, 401],
  ['and so does this (RFC 7239)', { kind: 'unix' }, { forwarded: 'for=192.0.2.1' }, 401],
  ['loopback is not the socket', { kind: 'plain' }, {}, 401],
  ['nor is TLS', { kind: 'tls', certificate: undefined }, {}, 401],
])('root is not let in: %s', async (_, transport, headers, status) => {
  await expect(asked(transport, headers)).rejects.toMatchObject({ status });
});
