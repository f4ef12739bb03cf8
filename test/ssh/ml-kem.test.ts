import { createHash } from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { expect, test } from 'vitest';
import { mlKem768 } from '../../src/ssh/ml-kem.ts';
import { sntrup761 } from '../../src/ssh/sntrup761.ts';
import { boringMlKem768 } from '../support/boring-ml-kem.ts';

/** The first `length` bytes of SHAKE-128 of nothing, and of what was put in. */
const shake = (input: Uint8Array, length: number) =>
  createHash('shake128', { outputLength: length }).update(input).digest();

test('ML-KEM-768 gives the accumulated answer that C2SP publishes for 100 rounds', () => {
  const random = shake(new Uint8Array(), 100 * (64 + 32 + 1088));
  let at = 0;
  const next = (length: number) => {
    at += length;
    return random.subarray(at - length, at);
  };
  const out: Uint8Array[] = [];
  for (let round = 0; round < 100; round++) {
    const { publicKey, secretKey } = ml_kem768.keygen(next(64));
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, next(32));
    out.push(publicKey, cipherText, sharedSecret, ml_kem768.decapsulate(next(1088), secretKey));
  }
  const expected = '1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415';
  expect(shake(Buffer.concat(out), 32).toString('hex')).toBe(expected);
});

test('ML-KEM-768 agrees with BoringSSL', () => {
  const { publicKey, decapsulate } = mlKem768.keyPair();
  expect(publicKey).toHaveLength(mlKem768.publicKeyLen);
  const { ciphertext, secret } = boringMlKem768.encapsulate(publicKey);
  expect(Buffer.from(decapsulate(ciphertext)).toString('hex')).toBe(Buffer.from(secret).toString('hex'));
});

test('a ciphertext that is not for the key of sntrup761 is refused', () => {
  const { publicKey, decapsulate } = sntrup761.keyPair();
  expect(publicKey).toHaveLength(sntrup761.publicKeyLen);
  expect(() => decapsulate(new Uint8Array(sntrup761.ciphertextLen))).toThrow('not for this key');
});
