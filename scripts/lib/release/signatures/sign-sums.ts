import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ecdsaSignature } from './ecdsa.ts';
import { minisignSignature } from './minisign.ts';
import type { SigningKey } from './signing-key.ts';
import { sshSignature } from './sshsig.ts';

/**
 * Signs `SHA256SUMS` of a release directory three times, so that a machine verifies it with whichever it has of
 * openssl, minisign and ssh-keygen.
 */
export function signSums(directory: string, { ecdsa, ed25519 }: SigningKey, version: string): void {
  const sums = join(directory, 'SHA256SUMS');
  const message = readFileSync(sums);
  writeFileSync(`${sums}.ecdsa`, ecdsaSignature(message, ecdsa));
  writeFileSync(`${sums}.minisig`, minisignSignature(message, ed25519, `commissaire ${version}`));
  writeFileSync(`${sums}.sshsig`, sshSignature(message, ed25519));
}
