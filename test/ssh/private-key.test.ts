import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { fingerprint, parsePrivateKey } from '../../src/ssh/private-key.ts';
import { makeOpensslKey, opensslKeyTypes } from '../support/openssl-key.ts';
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

test.each(Object.entries(opensslKeyTypes))(
  'a key of type %s in PKCS #8 form, as OpenSSL 3 writes it, is read',
  (_type, options) => {
    const { file, fingerprint: shown } = makeOpensslKey(options);
    expect(fingerprint(parsePrivateKey(base64(file)).getPublicSSH())).toBe(shown);
  },
);

/** What happens to key files on their way through mail, editors and configuration systems. */
const altered: Array<[string, (text: string) => string]> = [
  ['line ends of Windows', (text) => text.replaceAll('\n', '\r\n')],
  ['line ends of Windows, and none at the end', (text) => text.replaceAll('\n', '\r\n').trimEnd()],
  ['blanks at the ends of lines', (text) => text.replaceAll('\n', ' \n')],
  ['a mark of byte order', (text) => `\uFEFF${text}`],
  ['text before the key', (text) => `Bag Attributes\n    friendlyName: root\nKey Attributes: <No Attributes>\n${text}`],
  ['text after the key', (text) => `${text}\nthe key of web1, until May\n`],
  ['a certificate after the key', (text) => `${text}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`],
];

describe.each(altered)('a key file with %s', (_name, alter) => {
  test.each([
    ['OpenSSH', ['-t', 'ed25519']],
    ['PEM', ['-t', 'ecdsa', '-m', 'PEM']],
    ['PKCS #8', ['-t', 'ecdsa', '-m', 'PKCS8']],
  ])('is read, in %s form', (_form, options) => {
    const { file, shown } = generated('-N', '', ...options);
    const key = parsePrivateKey(base64(alter(file.toString())));
    expect(fingerprint(key.getPublicSSH())).toBe(shown);
  });
});

test('the parameters that `openssl ecparam -genkey` writes before a key do not hide it', () => {
  const file = execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey'], { stdio: 'pipe' });
  expect(file.toString()).toContain('BEGIN EC PARAMETERS');
  expect(parsePrivateKey(base64(file)).type).toBe('ecdsa-sha2-nistp256');
});

test('base64 with line breaks is read too', () => {
  const { file } = generated('-N', '', '-t', 'ed25519');
  const wrapped = base64(file).replace(/(.{64})/g, '$1\n');
  expect(parsePrivateKey(wrapped).isPrivateKey()).toBe(true);
});

const secret = 'correct horse';
const encrypted = ['-aes256', '-pass', `pass:${secret}`];
test.each([
  ['OpenSSH form', generated('-N', secret, '-t', 'ed25519').file, 'ssh-keygen'],
  ['PEM form', generated('-N', secret, '-t', 'rsa', '-m', 'PEM').file, 'ssh-keygen'],
  ['PKCS #8 form', generated('-N', secret, '-t', 'rsa', '-m', 'PKCS8').file, 'openssl'],
  ['PKCS #8 form of OpenSSL', makeOpensslKey(['-algorithm', 'ED25519', ...encrypted], secret).file, 'openssl'],
])('a key in %s with a passphrase is refused with the command that makes one without', (_name, file, program) => {
  const refused = failureOf(() => parsePrivateKey(base64(file)));
  expect(refused).toMatchObject({ code: 'key_passphrase_protected', message: expect.not.stringContaining(secret) });
  const [, command = ''] = /`(.*)`/.exec(refused.hint ?? '') ?? [];
  expect(command).toMatch(new RegExp(`^${program} `));
  using directory = temporaryDirectory();
  for (const name of ['KEY', 'COPY_OF_KEY']) writeFileSync(join(directory.path, name), file, { mode: 0o600 });
  const told = { openssl: ['-passin', `pass:${secret}`], 'ssh-keygen': ['-P', secret] }[program] ?? [];
  const [, ...rest] = command.replace('""', "''").split(' ');
  const arguments_ = rest.map((each) => (each === "''" ? '' : each));
  execFileSync(program, [...arguments_, ...told], { cwd: directory.path, stdio: 'pipe' });
  expect(parsePrivateKey(base64(readFileSync(join(directory.path, 'COPY_OF_KEY')))).isPrivateKey()).toBe(true);
});

test.each([
  ['of a curve that SSH does not have', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1']],
  ['for encryption only', ['-algorithm', 'X25519']],
])('a key in PKCS #8 form %s is refused', (_name, options) => {
  const file = execFileSync('openssl', ['genpkey', ...options], { stdio: 'pipe' });
  expect(failureOf(() => parsePrivateKey(base64(file)))).toMatchObject({
    code: 'key_unreadable',
    hint: expect.stringContaining('ed25519'),
  });
});

test('a key in PKCS #8 form that is not whole is refused', () => {
  const { file } = makeOpensslKey(['-algorithm', 'RSA']);
  const lines = file.toString().split('\n');
  lines.splice(5, 3);
  expect(failureOf(() => parsePrivateKey(base64(lines.join('\n'))))).toMatchObject({
    code: 'key_unreadable',
    message: expect.stringContaining('PKCS #8'),
  });
});

function failureOf(read: () => unknown): AppError {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it should have been refused');
}

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
