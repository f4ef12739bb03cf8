import { createHash } from 'node:crypto';
import { type ParsedKey, utils } from 'ssh2';
import { AppError } from '../lib/errors.ts';
import { sshKeyForm, UnusableKey } from '../lib/ssh-key-form.ts';

/**
 * Reads a private key from base64, its form in credentials.
 *
 * @throws AppError `key_unreadable`, `key_passphrase_protected`
 */
export function parsePrivateKey(base64: string): ParsedKey {
  const file = decodeBase64(base64);
  const parsed = parse(file);
  if (parsed instanceof Error) throw unreadable(file, parsed);
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

/** The keys that were read recently: many hosts share a key, and reading one is slow. */
export class PrivateKeys {
  readonly #read = new Map<string, { key: ParsedKey; id: string }>();

  /** @throws AppError `key_unreadable`, `key_passphrase_protected` */
  readonly parse = (base64: string): ParsedKey => this.#get(base64).key;

  /** An id of the key that does not disclose it. @throws as `parse` */
  id(base64: string): string {
    return this.#get(base64).id;
  }

  #get(base64: string): { key: ParsedKey; id: string } {
    const known = this.#read.get(base64);
    if (known !== undefined) return known;
    const key = parsePrivateKey(base64);
    const read = { key, id: createHash('sha256').update(base64).digest('base64') };
    for (const oldest of this.#read.keys()) {
      if (this.#read.size < keysRemembered) break;
      this.#read.delete(oldest);
    }
    this.#read.set(base64, read);
    return read;
  }
}

const keysRemembered = 256;

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

function parse(file: Buffer): ParsedKey | ParsedKey[] | Error {
  try {
    return utils.parseKey(sshKeyForm(file));
  } catch (error) {
    if (error instanceof UnusableKey) return error;
    throw error;
  }
}

function unreadable(file: Buffer, cause: Error): AppError {
  // ssh2 reports an encrypted PKCS #8 key as an unknown format, and ssh-keygen does not read all of those.
  if (file.includes('BEGIN ENCRYPTED PRIVATE KEY'))
    return passphraseProtected('openssl pkey -in KEY -out COPY_OF_KEY', cause);
  if (/encrypted|passphrase/i.test(cause.message))
    return passphraseProtected('ssh-keygen -p -N "" -f COPY_OF_KEY', cause);
  return new AppError('key_unreadable', `ssh_priv_key does not hold a private key: ${cause.message}`, {
    hint: 'send an OpenSSH, PEM or PKCS #8 private key of type ed25519, ecdsa (nistp256, 384 or 521) or rsa, in base64',
    cause,
  });
}

function passphraseProtected(command: string, cause: Error): AppError {
  return new AppError('key_passphrase_protected', 'the private key is protected by a passphrase', {
    hint: `send a copy without one, as \`${command}\` makes it`,
    cause,
  });
}
