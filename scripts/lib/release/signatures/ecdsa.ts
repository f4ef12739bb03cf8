import { createPublicKey, type KeyObject, sign } from 'node:crypto';

/** A signature in DER, for `openssl dgst -sha256 -verify`. */
export function ecdsaSignature(message: Buffer, key: KeyObject): Buffer {
  return sign('sha256', message, { key, dsaEncoding: 'der' });
}

/** The public key as one line: the DER of its SubjectPublicKeyInfo (RFC 5280) in base64. */
export function ecdsaPublicKey(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}
