import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jwt } from '../../../../src/auth/authenticators/jwt/kind.ts';
import { client, startOpenIdProvider } from '../../../support/openid-provider.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { requestWith } from '../../support.ts';
import { makeKind } from '../support.ts';

async function withProvider(algorithm: Parameters<typeof startOpenIdProvider>[0]) {
  const directory = temporaryDirectory();
  const provider = await startOpenIdProvider(algorithm);
  const ca = join(directory.path, 'ca.crt');
  const jwks = join(directory.path, 'jwks.json');
  writeFileSync(ca, provider.authority);
  writeFileSync(jwks, JSON.stringify(provider.publicKeys));
  const make = (options: object) => makeKind(jwt, { issuer: provider.issuer, ca, ...options });
  return {
    provider,
    make,
    jwks,
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** Real tokens are judged by real time. */
function atPresent({ authenticator, clock, lines }: Awaited<ReturnType<typeof makeKind>>) {
  clock.advance(Date.now());
  return { authenticate: (token: string) => authenticator.authenticate(requestWith(`Bearer ${token}`)), clock, lines };
}

test.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)(
  'somebody who logs in at an OpenID provider that signs with %s comes in by its tokens',
  async (algorithm) => {
    await using site = await withProvider(algorithm);
    const { idToken, accessToken } = await site.provider.login();
    const byIdToken = atPresent(
      await site.make({ audience: client.id, claims: ['team', 'realm_access.roles', 'absent'] }),
    );
    expect(await byIdToken.authenticate(idToken)).toEqual({
      name: 'oidc:alice',
      method: 'jwt',
      subjects: [
        'user:oidc:alice',
        'group:oidc:ops',
        'claim:team=web',
        'claim:realm_access.roles=deployer',
        'claim:realm_access.roles=viewer',
      ],
    });
    expect(await byIdToken.authenticate(accessToken)).toMatchObject({ refused: expect.stringContaining('"aud"') });
    const byAccessToken = atPresent(await site.make({ audience: ['other', 'commissaire'] }));
    expect(await byAccessToken.authenticate(accessToken)).toMatchObject({ name: 'oidc:alice' });
    expect(await byAccessToken.authenticate(await site.provider.clientToken())).toMatchObject({ name: 'oidc:commctl' });
  },
);

test('the keys are fetched once, by way of the description of the provider or from where the configuration says', async () => {
  await using site = await withProvider('ES256');
  const token = await site.provider.clientToken();
  const about = () => site.provider.asked.filter((path) => path !== '/token');
  const discovering = atPresent(await site.make({ audience: 'commissaire' }));
  expect(about()).toEqual([]);
  await Promise.all([discovering.authenticate(token), discovering.authenticate(token)]);
  expect(await discovering.authenticate(token)).toMatchObject({ name: 'oidc:commctl' });
  expect(about()).toEqual(['/.well-known/openid-configuration', '/jwks']);
  const told = atPresent(await site.make({ audience: 'commissaire', jwks: `${site.provider.issuer}/jwks` }));
  expect(await told.authenticate(token)).toMatchObject({ name: 'oidc:commctl' });
  expect(about()).toEqual(['/.well-known/openid-configuration', '/jwks', '/jwks']);
});

test('with the keys in a file the provider is never asked', async () => {
  await using site = await withProvider('RS256');
  const token = await site.provider.clientToken();
  const { authenticate } = atPresent(await site.make({ audience: 'commissaire', jwks: site.jwks, prefix: 'sso' }));
  expect(await authenticate(token)).toMatchObject({ name: 'sso:commctl', subjects: ['user:sso:commctl'] });
  expect(site.provider.asked).toEqual(['/token']);
});

test('keys that were fetched count for a day while the provider is down', async () => {
  await using site = await withProvider('RS256');
  const token = await site.provider.clientToken();
  const { authenticate, clock, lines } = atPresent(await site.make({ audience: 'commissaire' }));
  expect(await authenticate(token)).toMatchObject({ name: 'oidc:commctl' });
  await site.provider[Symbol.asyncDispose]();
  clock.advance(10 * 60_000);
  expect(await authenticate(token)).toMatchObject({ name: 'oidc:commctl' });
  expect(lines).toEqual([expect.stringMatching(/^warn the keys of the provider cannot be fetched: those of before/)]);
  clock.advance(24 * 60 * 60_000);
  await expect(authenticate(token)).rejects.toThrow(/no keys to verify tokens with: .*connection refused/);
});
