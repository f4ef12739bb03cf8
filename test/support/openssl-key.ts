import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary.ts';

/** What `openssl genpkey` is told for each type of SSH key. */
export const opensslKeyTypes: Readonly<Record<string, readonly string[]>> = {
  rsa: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'ecdsa nistp256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ecdsa nistp384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'ecdsa nistp521': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  ed25519: ['-algorithm', 'ED25519'],
};

export interface OpensslKey {
  /** The private key in PKCS #8 PEM. */
  readonly file: Buffer;
  /** The public key as a line of an authorized_keys file. */
  readonly publicLine: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Makes a key with OpenSSL, and tells its public part without any code of ours. */
export function makeOpensslKey(options: readonly string[], passphrase = ''): OpensslKey {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'key');
  execFileSync('openssl', ['genpkey', '-out', path, ...options], { stdio: 'pipe' });
  const publicLine = options.includes('ED25519') ? ed25519Line(path, passphrase) : converted(path, passphrase);
  const wire = Buffer.from(publicLine.split(' ')[1] ?? '', 'base64');
  const digest = createHash('sha256').update(wire).digest('base64').replace(/=+$/, '');
  return { file: readFileSync(path), publicLine, fingerprint: `SHA256:${digest}` };
}

function converted(path: string, passphrase: string): string {
  const input = publicPart(path, passphrase, 'PEM');
  return execFileSync('ssh-keygen', ['-i', '-m', 'PKCS8', '-f', '/dev/stdin'], { input, encoding: 'utf8' }).trim();
}

/** ssh-keygen converts these from OpenSSH 9.6 on. RFC 8410, 4: the key is the end of its DER; RFC 8709, 4: its form in SSH. */
function ed25519Line(path: string, passphrase: string): string {
  const der = publicPart(path, passphrase, 'DER');
  const wire = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), der.subarray(-32)]);
  return `ssh-ed25519 ${wire.toString('base64')}`;
}

function publicPart(path: string, passphrase: string, form: 'PEM' | 'DER'): Buffer {
  return execFileSync('openssl', ['pkey', '-in', path, '-passin', `pass:${passphrase}`, '-pubout', '-outform', form]);
}
