import { createCipheriv, createECDH, createHmac, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Check, Found } from './check.ts';

/** What SSH needs of the runtime, each with an attempt that throws when it is blocked. */
const needed: Readonly<Record<string, () => unknown>> = {
  'curve25519-sha256': () => {
    const [one, other] = [generateKeyPairSync('x25519'), generateKeyPairSync('x25519')];
    return diffieHellman({ privateKey: one.privateKey, publicKey: other.publicKey });
  },
  'ecdh-sha2-nistp256': () => createECDH('prime256v1').generateKeys(),
  'ecdh-sha2-nistp384': () => createECDH('secp384r1').generateKeys(),
  'ssh-ed25519': () => generateKeyPairSync('ed25519'),
  'aes128-gcm@openssh.com': () => createCipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)),
  'aes256-ctr': () => createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)),
  'hmac-sha2-256': () => createHmac('sha256', 'key').update('').digest(),
  'hmac-sha1': () => createHmac('sha1', 'key').update('').digest(),
};

/** Whether a policy of this machine blocks an algorithm that SSH to a host may need. */
export const cryptography: Check = {
  name: 'SSH algorithms',
  group: 'machine',
  run() {
    const blocked = Object.entries(needed).flatMap(([name, attempt]) => (succeeds(attempt) ? [] : [name]));
    const usable: Found =
      blocked.length === 0
        ? { verdict: 'ok', found: `${Object.keys(needed).length} algorithms were tried, and all work` }
        : {
            verdict: 'warning',
            found: `blocked on this machine: ${blocked.join(', ')}`,
            remedy: 'hosts that offer nothing else cannot be reached; see `commctl help algorithms`',
          };
    return isFips()
      ? [
          usable,
          {
            verdict: 'warning',
            found: 'the kernel is in FIPS mode, and the runtime is not validated for it',
            remedy: 'ask who requires FIPS mode whether this server may run here',
          },
        ]
      : [usable];
  },
};

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

function isFips(): boolean {
  try {
    return readFileSync('/proc/sys/crypto/fips_enabled', 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
