import { createHash } from 'node:crypto';
import { type ParsedKey, utils } from 'ssh2';
import { AppError } from '../lib/errors.ts';

/**
 * Reads a private key from its base64 form, as credentials hold it.
 *
 * @throws AppError `key_unreadable`, `key_passphrase_protected`
 */
export function parsePrivateKey(base64: string): ParsedKey {
  const text = decodeBase64(base64);
  const parsed = utils.parseKey(text);
  if (parsed instanceof Error) throw unreadable(text, parsed);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key?.isPrivateKey()) return key;
  throw new AppError('key_unreadable', 'ssh_priv_key holds a public key', {
    hint: 'send the private key file, the one without ".pub"',
  });
}

/** `SHA256:…` as ssh-keygen -l prints it, of a public key in wire form. */
export function fingerprint(publicKey: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}

function decodeBase64(base64: string): Buffer {
  const compact = base64.replace(/\s+/g, '');
  if (compact === '') {
    throw new AppError('key_unreadable', 'ssh_priv_key is empty', {
      hint: 'send the private key file in base64, as `base64 -w0 FILE` prints it',
    });
  }
  if (compact.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    return Buffer.from(compact, 'base64');
  }
  throw new AppError('key_unreadable', 'ssh_priv_key is not base64', {
    hint: 'send the private key file in base64, as `base64 -w0 FILE` prints it',
  });
}

function unreadable(text: Buffer, cause: Error): AppError {
  // An encrypted PKCS #8 key is to ssh2 only a format it does not know.
  if (/encrypted|passphrase/i.test(cause.message) || text.includes('BEGIN ENCRYPTED PRIVATE KEY')) {
    return new AppError('key_passphrase_protected', 'the private key is protected by a passphrase', {
      hint: 'give a key without one, as `ssh-keygen -p -N "" -f COPY_OF_KEY` makes it',
      cause,
    });
  }
  return new AppError('key_unreadable', `ssh_priv_key does not hold a private key: ${cause.message}`, {
    hint: 'send an OpenSSH or PEM private key of type ed25519, ecdsa or rsa, in base64',
    cause,
  });
}
