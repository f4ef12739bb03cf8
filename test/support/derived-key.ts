import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { SshKey } from './ssh-key.ts';

/** PKCS #8 (RFC 8410, section 7) in front of the 32 bytes of an Ed25519 key. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** 32 bytes that hang on the label alone. */
export function derivedBytes(label: string): Buffer {
  return createHash('sha256').update(`commissaire test key\0${label}`).digest();
}

/**
 * The same Ed25519 key for the same label: what was recorded with it can be opened later, and the key itself need not be
 * kept anywhere. In the two files that `ssh-keygen` would write, base64 each.
 */
export function derivedSshKey(label: string): SshKey {
  const seed = derivedBytes(label);
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  const point = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  const publicBlob = Buffer.concat([field('ssh-ed25519'), field(point)]);
  const pem = [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    ...(privateBlob(seed, point, publicBlob)
      .toString('base64')
      .match(/.{1,70}/g) ?? []),
    '-----END OPENSSH PRIVATE KEY-----',
    '',
  ].join('\n');
  const line = `ssh-ed25519 ${publicBlob.toString('base64')} test\n`;
  return { privateFile: Buffer.from(pem).toString('base64'), publicFile: Buffer.from(line).toString('base64') };
}

/** The format of OpenSSH, as PROTOCOL.key of its source describes it, without a passphrase. */
function privateBlob(seed: Buffer, point: Buffer, publicBlob: Buffer): Buffer {
  const check = Buffer.alloc(8, 7);
  const open = Buffer.concat([
    check,
    field('ssh-ed25519'),
    field(point),
    field(Buffer.concat([seed, point])),
    field('test'),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (open.length % 8)) % 8 }, (_, index) => index + 1));
  const header = [
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    count(1),
    field(publicBlob),
  ];
  return Buffer.concat([...header, field(Buffer.concat([open, padding]))]);
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([count(bytes.length), bytes]);
}

function count(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
