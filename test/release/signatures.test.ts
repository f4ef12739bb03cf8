import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ecdsaPublicKey } from '../../scripts/lib/release/signatures/ecdsa.ts';
import { minisignPublicKey } from '../../scripts/lib/release/signatures/minisign.ts';
import { signSums } from '../../scripts/lib/release/signatures/sign-sums.ts';
import { readSigningKey, writeNewSigningKey } from '../../scripts/lib/release/signatures/signing-key.ts';
import { sshPublicKey } from '../../scripts/lib/release/signatures/sshsig.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** A directory with `SHA256SUMS` and its three signatures, and what verifies them. */
function signed() {
  const directory = temporaryDirectory();
  const key = writeNewSigningKey(join(directory.path, 'key.pem'));
  const file = (name: string) => join(directory.path, name);
  writeFileSync(file('SHA256SUMS'), `${'0'.repeat(64)}  commissaire-linux-x64.zst\n`);
  signSums(directory.path, key, '1.2.3');
  writeFileSync(file('ecdsa.pem'), pem(ecdsaPublicKey(key.ecdsa)));
  writeFileSync(file('signers'), `release namespaces="commissaire-release" ${sshPublicKey(key.ed25519)}\n`);
  return { directory, file, minisignKey: minisignPublicKey(key.ed25519) };
}

function pem(line: string): string {
  return `-----BEGIN PUBLIC KEY-----\n${line.match(/.{1,64}/g)?.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

type Signed = ReturnType<typeof signed>;

/** The exit code of each program that judges, over the present content of `SHA256SUMS`. */
const judges: Readonly<Record<string, (release: Signed) => { status: number | null; output: string }>> = {
  openssl: ({ file }) => {
    const args = ['dgst', '-sha256', '-verify', file('ecdsa.pem'), '-signature', file('SHA256SUMS.ecdsa')];
    return judged('openssl', [...args, file('SHA256SUMS')]);
  },
  minisign: ({ file, minisignKey }) => judged('minisign', ['-V', '-P', minisignKey, '-m', file('SHA256SUMS')]),
  'ssh-keygen': ({ file }) => {
    const args = ['-Y', 'verify', '-f', file('signers'), '-I', 'release', '-n', 'commissaire-release'];
    return judged('ssh-keygen', [...args, '-s', file('SHA256SUMS.sshsig')], readFileSync(file('SHA256SUMS')));
  },
};

function judged(program: string, args: readonly string[], input?: Buffer) {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe.each(Object.keys(judges))('%s', (name) => {
  test('verifies the signature of a release', () => {
    const release = signed();
    using _directory = release.directory;
    expect(judges[name]?.(release)).toMatchObject({ status: 0 });
  });

  test('refuses checksums that were changed after signing', () => {
    const release = signed();
    using _directory = release.directory;
    writeFileSync(release.file('SHA256SUMS'), readFileSync(release.file('SHA256SUMS'), 'utf8').replace('000', '001'));
    expect(judges[name]?.(release).status).not.toBe(0);
  });

  test('refuses the signature of another key', () => {
    const [release, other] = [signed(), signed()];
    using _directory = release.directory;
    using _other = other.directory;
    for (const suffix of ['ecdsa', 'minisig', 'sshsig']) {
      writeFileSync(release.file(`SHA256SUMS.${suffix}`), readFileSync(other.file(`SHA256SUMS.${suffix}`)));
    }
    expect(judges[name]?.(release).status).not.toBe(0);
  });
});

test('minisign shows the version, which is signed too', () => {
  const release = signed();
  using _directory = release.directory;
  expect(judges.minisign?.(release).output).toContain('Trusted comment: commissaire 1.2.3');
  const signature = readFileSync(release.file('SHA256SUMS.minisig'), 'utf8');
  writeFileSync(release.file('SHA256SUMS.minisig'), signature.replace('1.2.3', '9.9.9'));
  expect(judges.minisign?.(release).status).not.toBe(0);
});

test('ssh-keygen refuses the signature for another purpose', () => {
  const { directory, file } = signed();
  using _directory = directory;
  const args = ['-Y', 'verify', '-f', file('signers'), '-I', 'release', '-n', 'git'];
  const { status } = judged('ssh-keygen', [...args, '-s', file('SHA256SUMS.sshsig')], readFileSync(file('SHA256SUMS')));
  expect(status).not.toBe(0);
});

describe('the file of a signing key', () => {
  test('is readable by its owner only, is never replaced, and gives the same keys again', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'key.pem');
    const made = writeNewSigningKey(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => writeNewSigningKey(path)).toThrow('EEXIST');
    const read = readSigningKey(path);
    expect(ecdsaPublicKey(read.ecdsa)).toBe(ecdsaPublicKey(made.ecdsa));
    expect(sshPublicKey(read.ed25519)).toBe(sshPublicKey(made.ed25519));
  });

  test('is understood by openssl', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'key.pem');
    writeNewSigningKey(path);
    expect(execFileSync('openssl', ['pkey', '-in', path, '-noout', '-text'], { encoding: 'utf8' })).toContain('P-256');
  });

  test.each([
    ['an empty file', ''],
    ['one key only', execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' })],
    [
      'a key of another curve',
      execFileSync('sh', [
        '-c',
        'openssl genpkey -algorithm ed25519; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384',
      ]).toString(),
    ],
  ])('%s is refused, and the way to make one is named', (_name, text) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'key.pem');
    writeFileSync(path, text);
    expect(() => readSigningKey(path)).toThrow('--new-signing-key');
  });
});
