import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprint, parsePrivateKey } from '../../src/ssh/private-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');

/** A key file as ssh-keygen writes it, its public part, and its fingerprint as ssh-keygen tells it. */
function generated(...options: string[]): { file: Buffer; publicKey: Buffer; shown: string } {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'key');
  execFileSync('ssh-keygen', ['-q', '-C', '', '-f', path, ...options]);
  const shown = execFileSync('ssh-keygen', ['-l', '-f', `${path}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
  return { file: readFileSync(path), publicKey: readFileSync(`${path}.pub`), shown };
}

test.each([
  ['ed25519', ['-t', 'ed25519']],
  ['ecdsa', ['-t', 'ecdsa', '-b', '384']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
  ['rsa in PEM form', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
])('a key of type %s is read, and its fingerprint is the one ssh-keygen shows', (_name, options) => {
  const { file, shown } = generated('-N', '', ...options);
  expect(fingerprint(parsePrivateKey(base64(file)).getPublicSSH())).toBe(shown);
});

test('base64 with line breaks is read too', () => {
  const { file } = generated('-N', '', '-t', 'ed25519');
  const wrapped = base64(file).replace(/(.{64})/g, '$1\n');
  expect(parsePrivateKey(wrapped).isPrivateKey()).toBe(true);
});

test.each([
  ['OpenSSH form', ['-t', 'ed25519']],
  ['PEM form', ['-t', 'rsa', '-m', 'PEM']],
  ['PKCS #8 form', ['-t', 'rsa', '-m', 'PKCS8']],
])('a key in %s with a passphrase is told from one that cannot be read', (_name, options) => {
  const { file } = generated('-N', 'secret', ...options);
  expect(() => parsePrivateKey(base64(file))).toThrow(
    expect.objectContaining({ code: 'key_passphrase_protected', message: expect.not.stringContaining('secret') }),
  );
});

const openSsh = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
test.each([
  ['nothing', '', 'is empty'],
  ['blank space', ' \n', 'is empty'],
  ['the key itself, not in base64', openSsh, 'not base64'],
  ['text', base64('hello'), 'does not hold a private key'],
  ['a key that was cut off', base64(generated('-N', '', '-t', 'ed25519').file.subarray(0, 120)), 'private key'],
  ['a public key', base64(generated('-N', '', '-t', 'ed25519').publicKey), 'holds a public key'],
])('%s is refused as a private key', (_name, key, message) => {
  expect(() => parsePrivateKey(key)).toThrow(
    expect.objectContaining({
      code: 'key_unreadable',
      message: expect.stringContaining(message),
      hint: expect.any(String),
    }),
  );
});
