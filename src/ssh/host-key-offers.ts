import type { ServerHostKeyAlgorithm } from 'ssh2';

/** The signature algorithms of each type of host key, the types in the order of preference. */
const types: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/**
 * The host key types to offer, attempt by attempt, so that a machine with several keys shows the pinned one. If its
 * type is known, that is offered first. If an operator gave only a fingerprint, which does not tell the type, each type
 * is offered in turn.
 */
export function hostKeyOffers(pinned: { algorithm: string } | undefined): ServerHostKeyAlgorithm[][] {
  const all = Object.values(types);
  if (pinned?.algorithm === '') return all.map((type) => [...type]);
  const first = types[pinned?.algorithm ?? ''] ?? [];
  return [[...new Set([...first, ...all.flat()])]];
}
