import type { OperationRecord } from './fold.ts';

type About = Pick<OperationRecord, 'kind' | 'cluster' | 'clusters'>;

/** The members of an operation that its events contain. */
export function aboutOf({ kind, cluster, clusters }: About): Record<string, unknown> {
  return clusters === undefined ? { kind, cluster } : { kind, cluster, clusters };
}

/**
 * The clusters that an operation, or an event of one, is about; undefined stands for hosts in none, and for unknown
 * clusters.
 */
export function scopeOf({ cluster, clusters }: Omit<About, 'kind'>): readonly (string | undefined)[] {
  if (cluster !== '') return [cluster];
  return clusters?.map((name) => (name === '' ? undefined : name)) ?? [undefined];
}
