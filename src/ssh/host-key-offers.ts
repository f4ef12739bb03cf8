import type { ServerHostKeyAlgorithm } from 'ssh2';
import { hostKeyAlgorithms, hostKeyTypes } from './algorithms.ts';

/**
 * The host key types to offer, attempt by attempt, so that a machine with several keys shows the pinned one. If its
 * type is known, that is offered first. If an operator gave only a fingerprint, which does not tell the type, each type
 * is offered in turn.
 */
export function hostKeyOffers(pinned: { algorithm: string } | undefined): ServerHostKeyAlgorithm[][] {
  if (pinned?.algorithm === '') return Object.values(hostKeyTypes).map((type) => [...type]);
  const first = hostKeyTypes[pinned?.algorithm ?? ''] ?? [];
  return [[...new Set([...first, ...hostKeyAlgorithms])]];
}
