import type { ServerHostKeyAlgorithm } from 'ssh2';

/** The signature algorithms of each type of host key, the types in the order they are asked for. */
const types: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/**
 * What to ask a machine for, attempt by attempt, so that one with several keys shows the pinned one: its type first
 * when it is known; one type after the other when an operator named a fingerprint, which does not tell its type.
 */
export function hostKeyOffers(pinned: { algorithm: string } | undefined): ServerHostKeyAlgorithm[][] {
  const all = Object.values(types);
  if (pinned?.algorithm === '') return all.map((type) => [...type]);
  const first = types[pinned?.algorithm ?? ''] ?? [];
  return [[...new Set([...first, ...all.flat()])]];
}
