import { createHash, type KeyObject, sign } from 'node:crypto';
import { ed25519PublicBytes } from './signing-key.ts';

/** The algorithms in the first two bytes: of a public key, and of a signature over the BLAKE2b digest of the file. */
const keyAlgorithm = Buffer.from('Ed');
const prehashed = Buffer.from('ED');

/**
 * A signature file of minisign, in its prehashed form (https://jedisct1.github.io/minisign/). The trusted comment is
 * signed too, and `minisign -V` shows it.
 *
 * @param trusted without line breaks
 */
export function minisignSignature(message: Buffer, key: KeyObject, trusted: string): string {
  const signature = sign(null, createHash('blake2b512').update(message).digest(), key);
  const global = sign(null, Buffer.concat([signature, Buffer.from(trusted)]), key);
  return [
    'untrusted comment: signature of a commissaire release',
    Buffer.concat([prehashed, keyId(key), signature]).toString('base64'),
    `trusted comment: ${trusted}`,
    global.toString('base64'),
    '',
  ].join('\n');
}

/** The public key as `minisign -P` takes it. */
export function minisignPublicKey(key: KeyObject): string {
  return Buffer.concat([keyAlgorithm, keyId(key), ed25519PublicBytes(key)]).toString('base64');
}

/** Eight bytes that key and signature have in common. They are any bytes; these need no place of their own. */
function keyId(key: KeyObject): Buffer {
  return createHash('sha256').update(ed25519PublicBytes(key)).digest().subarray(0, 8);
}
