import { createHash } from 'node:crypto';
import type { StartRequest } from './start.ts';
import type { Strategy } from './strategy.ts';

/** A cluster is the same target even when its members changed; a list of hosts is when it names the same hosts. */
export function identityOf(
  { kind, parameters, cluster }: Pick<StartRequest, 'kind' | 'parameters' | 'cluster'>,
  addresses: readonly string[],
): string {
  const target = cluster === '' ? addresses.toSorted() : [cluster];
  const members = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([kind, cluster !== '', target, members]))
    .digest('base64url');
}

/** A random order without a seed gets one derived from the id, so that the record contains it. */
export function seeded(strategy: Strategy, id: string): Strategy {
  if (strategy.order !== 'random' || strategy.seed !== undefined) return strategy;
  return { ...strategy, seed: createHash('sha256').update(id).digest().readUInt32BE(0) };
}
