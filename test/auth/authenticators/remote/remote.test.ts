import { expect, test } from 'vitest';
import { keystonepasswordauth } from '../../../../src/auth/authenticators/keystone/password.ts';
import { keystonetokenauth } from '../../../../src/auth/authenticators/keystone/token.ts';
import type { AuthenticatorKind } from '../../../../src/auth/authenticators/kind.ts';
import { kubernetesauth } from '../../../../src/auth/authenticators/kubernetes/kind.ts';
import { openshiftbearertokenauth } from '../../../../src/auth/authenticators/openshift/kind.ts';
import { makeAuthority } from '../../../support/certificates.ts';
import type { IdentityService } from '../../../support/identity-service.ts';
import { keystoneTokens, keystoneUser, startKeystone } from '../../../support/keystone.ts';
import { startOpenShift } from '../../../support/openshift.ts';
import { reviewer, startTokenReviews } from '../../../support/token-review.ts';
import { basic } from '../../support.ts';
import { makeKind, makeRemote } from '../support.ts';

interface Remote {
  kind: AuthenticatorKind;
  start: () => Promise<IdentityService>;
  options: (url: string) => object;
  /** Credentials that are right, in this header. */
  right: readonly [string, string];
  name: string;
}

const remotes: Remote[] = [
  {
    kind: keystonepasswordauth,
    start: startKeystone,
    options: (url) => ({ url: `${url}/v3/auth/tokens` }),
    right: ['authorization', basic(keystoneUser.name, keystoneUser.password)],
    name: 'keystone:alice',
  },
  {
    kind: keystonetokenauth,
    start: startKeystone,
    options: (url) => ({ url: `${url}/v3/auth/tokens` }),
    right: ['x-auth-token', keystoneTokens.ofDefault],
    name: 'keystone:alice',
  },
  {
    kind: openshiftbearertokenauth,
    start: startOpenShift,
    options: (url) => ({ openshift_endpoint: `${url}/apis/user.openshift.io/v1/users/~` }),
    right: ['authorization', 'Bearer sha256~alice'],
    name: 'openshift:alice',
  },
  {
    kind: kubernetesauth,
    start: () => startTokenReviews(),
    options: (url) => ({ server_url: url, token: reviewer.token }),
    right: ['authorization', `Bearer ${reviewer.account}`],
    name: 'kubernetes:system:serviceaccount:build:ci',
  },
];

const failures: Array<{ what: string; interfere: IdentityService['interfere'] & {}; reason: RegExp }> = [
  {
    what: 'fails',
    interfere: () => Response.json({ authenticated: true }, { status: 500 }),
    reason: /answered with 500/,
  },
  {
    what: 'sends the caller elsewhere',
    interfere: ({ url }) => Response.redirect(url, 307),
    reason: /answered with 307: a redirection/,
  },
  {
    what: 'answers without end',
    interfere: () => new Response('x'.repeat(2 * 1024 * 1024)),
    reason: /longer than 1048576 bytes/,
  },
  { what: 'does not answer', interfere: () => new Promise(() => {}), reason: /no answer in 2 s/ },
];

for (const { kind, start, options, right, name } of remotes) {
  const request = { headers: new Headers([[...right]]), method: 'GET', path: '/', peer: undefined } as const;
  const authenticate = (authenticator: Awaited<ReturnType<typeof makeKind>>['authenticator']) =>
    authenticator.authenticate({ ...request, transport: { kind: 'plain' } });

  test(`${kind.name} asks once while it remembers a yes, and requests at the same time share one question`, async () => {
    const service = await start();
    using made = await makeRemote(kind, service, options(service.url));
    const both = await Promise.all([authenticate(made.authenticator), authenticate(made.authenticator)]);
    expect(both).toEqual([expect.objectContaining({ name }), expect.objectContaining({ name })]);
    made.clock.advance(29_999);
    expect(await authenticate(made.authenticator)).toMatchObject({ name });
    expect(service.asked).toBe(1);
    made.clock.advance(1);
    service.interfere = () =>
      Response.json({ kind: 'TokenReview', status: {} }, { status: kind === kubernetesauth ? 201 : 401 });
    expect(await authenticate(made.authenticator)).toHaveProperty('refused');
    expect(await authenticate(made.authenticator)).toHaveProperty('refused');
    expect(service.asked).toBe(3);
  });

  test.each(failures)(`${kind.name} lets nobody in by a service that $what`, async ({ interfere, reason }) => {
    const service = await start();
    using made = await makeRemote(kind, service, options(service.url));
    service.interfere = interfere;
    await expect(authenticate(made.authenticator)).rejects.toThrow(reason);
    service.interfere = undefined;
    expect(await authenticate(made.authenticator)).toMatchObject({ name });
  });

  test(`${kind.name} lets nobody in by a service that is down, and says no secret`, async () => {
    const service = await start();
    using made = await makeRemote(kind, service, options(service.url));
    service[Symbol.dispose]();
    const error = await authenticate(made.authenticator).catch((failure: Error) => failure.message);
    expect(error).toMatch(/^could not ask \w+ at https:\/\/127.0.0.1:\d+: connection refused$/);
  });

  test(`${kind.name} does not ask a service that another authority vouches for, unless told to`, async () => {
    const service = await start();
    const stranger = await makeAuthority('the site');
    using made = await makeRemote(kind, { ...service, authority: stranger.certificate }, options(service.url));
    await expect(authenticate(made.authenticator)).rejects.toThrow('could not ask');
    expect(service.asked).toBe(0);
    const { authenticator, lines } = await makeKind(kind, { ...options(service.url), insecure: true });
    expect(lines).toEqual([expect.stringContaining(`nobody verifies that ${service.url} is really`)]);
    expect(await authenticate(authenticator)).toMatchObject({ name });
    service[Symbol.dispose]();
  });

  test.each([
    ['no URL', 'nowhere', {}, /a text is not a URL/],
    ['one of another scheme', 'ftp://a', {}, /is not a URL/],
    ['one with a password', 'https://a:b@c', {}, /the URL holds credentials/],
    ['plain HTTP', 'http://192.0.2.1', {}, /would send credentials over the network in clear/],
    ['plain HTTP to a name like this machine', 'http://127.example.com', {}, /in clear/],
    ['authorities that are not there', 'https://a', { ca: '/nonexistent' }, /\/nonexistent cannot be read: ENOENT/],
    ['a prefix with a colon', 'https://a', { prefix: 'a:b' }, /"a:b" is not a prefix/],
    ['neither yes nor no', 'https://a', { insecure: 'maybe' }, /"maybe" is neither true nor false/],
  ])(`${kind.name} with %s is a fault of the configuration, with its place`, async (_, url, more, message) => {
    await expect(makeKind(kind, { ...options(url), ...more })).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringMatching(new RegExp(`^options:1:\\d+: .*${message.source}`)),
    });
  });

  test(`${kind.name} takes plain HTTP to this machine, and to another when told to`, async () => {
    await makeKind(kind, options('http://127.0.0.1:1'));
    await makeKind(kind, { ...options('http://192.0.2.1'), insecure: true });
  });
}
