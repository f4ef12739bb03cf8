import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** The two keys of a release, of one PEM file: ECDSA on P-256 for openssl, Ed25519 for minisign and ssh-keygen. */
export interface SigningKey {
  readonly ecdsa: KeyObject;
  readonly ed25519: KeyObject;
}

/** Writes a new signing key, readable by its owner only. @throws Error when the file exists: it may be in use */
export function writeNewSigningKey(path: string): SigningKey {
  const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const text = [ecdsa, ed25519].map((key) => key.export({ type: 'pkcs8', format: 'pem' })).join('');
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  return { ecdsa, ed25519 };
}

/** @throws Error that says what the file lacks */
export function readSigningKey(path: string): SigningKey {
  const blocks = readFileSync(path, 'utf8').match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g) ?? [];
  const keys = blocks.map((block) => createPrivateKey(block));
  const ecdsa = keys.find(isP256);
  const ed25519 = keys.find((key) => key.asymmetricKeyType === 'ed25519');
  if (keys.length === 2 && ecdsa !== undefined && ed25519 !== undefined) return { ecdsa, ed25519 };
  throw new Error(
    `${path} must have two private keys in PKCS#8, one of P-256 and one of Ed25519; ` +
      'scripts/release --new-signing-key FILE makes such a file',
  );
}

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/** The 32 bytes of the public key (RFC 8032). */
export function ed25519PublicBytes(key: KeyObject): Buffer {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}
