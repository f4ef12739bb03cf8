import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kubernetesauth } from '../../../../src/auth/authenticators/kubernetes/kind.ts';
import type { ServiceOptions } from '../../../support/identity-service.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { reviewer, startTokenReviews } from '../../../support/token-review.ts';
import { requestWith } from '../../support.ts';
import { makeKind, makeRemote } from '../support.ts';

async function withKubernetes(options: object, how: ServiceOptions = {}) {
  const service = await startTokenReviews(how);
  const made = await makeRemote(kubernetesauth, service, { server_url: service.url, ...options });
  return { service, ...made };
}

const bearer = (token: string) => requestWith(`Bearer ${token}`);
const account = 'system:serviceaccount:build:ci';
const identity = {
  name: `kubernetes:${account}`,
  method: 'kubernetesauth',
  subjects: [
    `user:kubernetes:${account}`,
    'group:kubernetes:system:serviceaccounts',
    'group:kubernetes:system:serviceaccounts:build',
    'group:kubernetes:system:authenticated',
  ],
};

test.each([{}, { audiences: ['commissaire'] }, { audiences: ['other', 'commissaire'] }])(
  'a token of a service account says whose it is, with the options %j',
  async (options) => {
    using kubernetes = await withKubernetes({ token: reviewer.token, ...options });
    expect(await kubernetes.authenticator.authenticate(bearer(reviewer.account))).toEqual(identity);
    expect(await kubernetes.authenticator.authenticate(bearer('eyJ.other'))).toEqual({
      refused: 'Kubernetes does not know the token',
      told: 'is not known to Kubernetes',
    });
  },
);

test('a token for another audience is refused, also by an API that knows no audiences', async () => {
  using kubernetes = await withKubernetes({ token: reviewer.token, audiences: ['elsewhere'] });
  const { authenticate } = kubernetes.authenticator;
  expect(await authenticate(bearer(reviewer.account))).toHaveProperty('refused');
  const user = { username: 'a' };
  kubernetes.service.interfere = () => review({ authenticated: true, user });
  expect(await authenticate(bearer(reviewer.account))).toMatchObject({ refused: 'the token is for another audience' });
});

test('its own token is read each time, as that of a service account is renewed', async () => {
  using directory = temporaryDirectory();
  const token_file = join(directory.path, 'token');
  writeFileSync(token_file, 'old');
  using kubernetes = await withKubernetes({ token_file });
  await expect(kubernetes.authenticator.authenticate(bearer('x'))).rejects.toThrow('answered with 401');
  writeFileSync(token_file, `${reviewer.token}\n`);
  expect(await kubernetes.authenticator.authenticate(bearer(reviewer.account))).toEqual(identity);
});

test('it may be known by a certificate', async () => {
  using directory = temporaryDirectory();
  const [certificate_path, certificate_key_path] = ['crt', 'key'].map((name) => join(directory.path, name));
  const service = await startTokenReviews({ clientCertificates: true });
  writeFileSync(certificate_path ?? '', service.client.certificate);
  writeFileSync(certificate_key_path ?? '', service.client.key);
  const options = { server_url: service.url, certificate_path, certificate_key_path };
  using kubernetes = await makeRemote(kubernetesauth, service, options);
  expect(await kubernetes.authenticator.authenticate(bearer(reviewer.account))).toEqual(identity);
});

test.each([
  ['no user', { authenticated: true }],
  ['a user without a name', { authenticated: true, user: { username: '' } }],
  ['a name with a line feed', { authenticated: true, user: { username: 'a\nb' } }],
  ['a word for true', { authenticated: 'true', user: { username: 'a' } }],
])('a verdict with %s is none that lets in', async (_, status) => {
  using kubernetes = await withKubernetes({ token: reviewer.token });
  kubernetes.service.interfere = () => review(status);
  expect(await kubernetes.authenticator.authenticate(bearer('x'))).toHaveProperty('refused');
});

const server_url = 'https://192.0.2.1:6443';
test.each([
  ['no credentials of its own', { server_url }, /options:1:1: kubernetesauth needs credentials of its own/],
  ['a token and its file', { server_url, token: 'a', token_file: '/dev/null' }, /token_file does not go together/],
  ['a file that is not there', { server_url, token_file: '/nonexistent' }, /:1:\d+: the token file \/nonexistent/],
  ['half a certificate', { server_url, certificate_path: '/a' }, /go together/],
  [
    'a certificate that is none',
    { server_url, certificate_path: '/dev/null', certificate_key_path: '/x' },
    /\/x cannot/,
  ],
  ['no server', { token: 'a' }, /kubernetesauth needs the option "server_url"/],
  ['audiences that are no list', { server_url, token: 'a', audiences: 'a' }, /"a" is not a list/],
])('%s is a fault of the configuration', async (_, options, message) => {
  await expect(makeKind(kubernetesauth, options)).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringMatching(message),
  });
});

function review(status: object): Response {
  return Response.json({ kind: 'TokenReview', status }, { status: 201 });
}
