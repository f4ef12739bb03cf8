import { createHash, type KeyObject, sign } from 'node:crypto';
import { ed25519PublicBytes } from './signing-key.ts';

/** What `ssh-keygen -Y verify` is told to expect: a signature for another purpose does not count. */
export const sshNamespace = 'commissaire-release';

const magic = Buffer.from('SSHSIG');
const version = Buffer.from([0, 0, 0, 1]);
const hash = 'sha512';

/** An armoured signature of OpenSSH (PROTOCOL.sshsig). */
export function sshSignature(message: Buffer, key: KeyObject): string {
  const purpose = [text(sshNamespace), text(''), text(hash)];
  const digest = createHash(hash).update(message).digest();
  const signature = sign(null, Buffer.concat([magic, ...purpose, counted(digest)]), key);
  const blob = Buffer.concat([
    magic,
    version,
    counted(publicBlob(key)),
    ...purpose,
    counted(Buffer.concat([text('ssh-ed25519'), counted(signature)])),
  ]);
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

/** The public key as a line of an `authorized_keys` or `allowed_signers` file. */
export function sshPublicKey(key: KeyObject): string {
  return `ssh-ed25519 ${publicBlob(key).toString('base64')}`;
}

/** RFC 8709, section 4. */
function publicBlob(key: KeyObject): Buffer {
  return Buffer.concat([text('ssh-ed25519'), counted(ed25519PublicBytes(key))]);
}

function text(value: string): Buffer {
  return counted(Buffer.from(value));
}

/** A string of SSH (RFC 4251, section 5). */
function counted(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
