import { createPrivateKey, type KeyObject } from 'node:crypto';

/** Raised for a key that is in PKCS #8 form but of no type that SSH has, or cannot be read at all. */
export class UnusableKey extends Error {}

/** The part of a private key file that begins the key, whatever stands before and after. */
const block = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----.*?-----END \1-----/s;

/**
 * A private key file in the form that every SSH program reads: the key alone, with Unix line ends. A key in PKCS #8 PEM
 * (RFC 5958; what OpenSSL 3 writes) becomes PKCS #1 (RSA), SEC 1 (ECDSA) or the form of OpenSSH (Ed25519). Other forms,
 * and keys with a passphrase, stay as they are.
 *
 * @throws UnusableKey
 */
export function sshKeyForm(file: Uint8Array): Buffer {
  const text = Buffer.from(file).toString('utf8');
  const [pem, label] = block.exec(text) ?? [];
  if (pem === undefined) return Buffer.from(file);
  const key = `${pem.split(/[ \t]*(?:\r\n|\r|\n)/).join('\n')}\n`;
  return Buffer.from(label === 'PRIVATE KEY' ? fromPkcs8(key) : key);
}

function fromPkcs8(pem: string): string | Buffer {
  const key = read(pem);
  const type = key.asymmetricKeyType;
  if (type === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' });
  if (type === 'ec') return key.export({ type: 'sec1', format: 'pem' });
  if (type === 'ed25519') return opensshForm(key);
  throw new UnusableKey(`SSH has no keys of type ${type ?? 'unknown'}`);
}

function read(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new UnusableKey('it begins as a key in PKCS #8 form, but the rest cannot be read', { cause });
  }
}

/** The format is described in PROTOCOL.key of OpenSSH. */
function opensshForm(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url');
  const type = Buffer.from('ssh-ed25519');
  const none = Buffer.from('none');
  const nothing = Buffer.alloc(0);
  const bothKeys = Buffer.concat([Buffer.from(d, 'base64url'), publicKey]);
  // Two equal numbers tell whether a passphrase was right; here there is none.
  const secret = Buffer.concat([Buffer.alloc(8), ...[type, publicKey, bothKeys, nothing].map(field)]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, -secret.length & 7);
  const content = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[none, none, nothing].map(field),
    length(1),
    field(Buffer.concat([type, publicKey].map(field))),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = content.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

/** RFC 4251, 5: a string. */
function field(bytes: Buffer): Buffer {
  return Buffer.concat([length(bytes.length), bytes]);
}

function length(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
}
