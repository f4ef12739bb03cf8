import { generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import type { TokenKeys } from '../../../src/auth/tokens/keys.ts';
import { signToken } from '../../../src/auth/tokens/signed.ts';
import { VerifiedTokens } from '../../../src/auth/tokens/verified.ts';
import { standingClock } from '../support.ts';

const at = (seconds: number) => new Date(1_000_000_000_000 + seconds * 1000);

/** Keys that tell how often one was asked for, and that can be taken away. */
async function site() {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  let isThere = true;
  const keys = {
    issuer: 'urn:commissaire:test',
    current: { id: 'k1', key: privateKey },
    verifying: () => (isThere ? publicKey : undefined),
  } as unknown as TokenKeys;
  const token = await signToken({ id: 't1', owner: 'alice' }, keys, { from: at(0), until: at(100) });
  return {
    verified: new VerifiedTokens(keys, standingClock()),
    token,
    removeKey: () => {
      isThere = false;
    },
  };
}

test('a token that was verified is looked at again in everything but its signature', async () => {
  const { verified, token, removeKey } = await site();
  for (const seconds of [1, 50, 99]) {
    expect(await verified.verify(token, at(seconds))).toMatchObject({ id: 't1', owner: 'alice' });
  }
  expect(await verified.verify(token, at(100))).toHaveProperty('refused');
  expect(await verified.verify(token, at(-1))).toHaveProperty('refused');
  expect(await verified.verify(token, at(2))).toMatchObject({ id: 't1' });
  removeKey();
  expect(await verified.verify(token, at(3))).toHaveProperty('refused');
});

test('a token that is another in one letter is not the one that was verified', async () => {
  const { verified, token } = await site();
  await verified.verify(token, at(1));
  const [head = '', payload = '', signature = ''] = token.split('.');
  const other = `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  expect(await verified.verify(other, at(1))).toHaveProperty('refused');
  expect(await verified.verify('abc', at(1))).toBe('pass');
});
