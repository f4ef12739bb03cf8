import { createHash, randomFillSync } from 'node:crypto';
import type { KeyEncapsulation } from './key-encapsulation.ts';
import { decodeRounded, encodePolynomial, encodeRounded, encodeSmall } from './ntru-prime/encoding.ts';
import { inverse, type Polynomial, p, product, q, reciprocal, residue, weight } from './ntru-prime/ring.ts';

const confirmationLen = 32;

/**
 * Streamlined NTRU Prime 761 (NTRU Prime, round 3, section 3), for `sntrup761x25519-sha512`
 * (draft-ietf-sshm-ntruprime-ssh). Nothing here runs in constant time: a key pair is used once, and together with
 * X25519.
 */
export const sntrup761: KeyEncapsulation = {
  hash: 'sha512',
  publicKeyLen: 1158,
  ciphertextLen: 1039,
  keyPair() {
    const { g, ofG } = invertible();
    const f = shortPolynomial();
    const ofF = reciprocal(f, q);
    if (ofF === undefined) throw new Error('every short polynomial has a reciprocal modulo q');
    const third = inverse(3, q);
    const h = product(ofF, g, q).map((coefficient) => residue(coefficient * third, q));
    const publicKey = encodePolynomial(h);
    return {
      publicKey,
      decapsulate(ciphertext) {
        const rounded = ciphertext.subarray(0, -confirmationLen);
        const r = decrypt(decodeRounded(rounded), f, ofG);
        const secret = hash(3, encodeSmall(r));
        const again = [encodeRounded(round(product(h, r, q))), hash(2, secret, hash(4, publicKey))];
        if (!Buffer.concat(again).equals(ciphertext)) throw new Error('the ciphertext is not for this key');
        return hash(1, secret, ciphertext);
      },
    };
  },
};

function decrypt(c: Polynomial, f: Polynomial, ofG: Polynomial): Polynomial {
  const e = product(c, f, q).map((coefficient) => residue(residue(3 * coefficient, q), 3));
  return product(e, ofG, 3);
}

/** Each coefficient becomes the next multiple of 3. */
function round(polynomial: Polynomial): Polynomial {
  return polynomial.map((coefficient) => coefficient - residue(coefficient, 3));
}

/** A random small polynomial that has a reciprocal modulo 3, and that. */
function invertible(): { g: Polynomial; ofG: Polynomial } {
  while (true) {
    const g = Int32Array.from(random(), (number) => Math.floor(((number % 2 ** 30) * 3) / 2 ** 30) - 1);
    const ofG = reciprocal(g, 3);
    if (ofG !== undefined) return { g, ofG };
  }
}

/** A random small polynomial with `weight` coefficients that are not zero: sorting random numbers mixes them. */
function shortPolynomial(): Polynomial {
  const tagged = random().map((number, i) => (i < weight ? number & ~1 : (number & ~3) | 1));
  return Int32Array.from(tagged.sort(), (number) => (number & 3) - 1);
}

function random(): Uint32Array {
  return randomFillSync(new Uint32Array(p));
}

function hash(purpose: number, ...parts: Uint8Array[]): Buffer {
  const digest = createHash('sha512').update(Buffer.from([purpose]));
  for (const part of parts) digest.update(part);
  return digest.digest().subarray(0, 32);
}
