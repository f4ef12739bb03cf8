import type { Client } from '../client/connect.ts';
import { ProblemError } from '../client/problem-error.ts';

/** The cluster of a host. */
export interface Membership {
  readonly cluster: string;
  /** Whether a container manager has the hosts of the cluster as nodes. */
  readonly isManaged: boolean;
}

/** By address; only hosts that are in a cluster. */
export type Memberships = ReadonlyMap<string, Membership>;

/** With more addresses all clusters are read. */
const mostNamed = 20;

/**
 * The clusters of hosts, in one request. Empty when the server does not tell: what it says about the hosts themselves is
 * shown all the same.
 */
export async function membershipsOf({ clusters }: Client, addresses: readonly string[]): Promise<Memberships> {
  if (addresses.length === 0) return new Map();
  const where = addresses.length > mostNamed ? {} : { hostset: `In(${addresses.join(',')})` };
  const { records } = await clusters.details({ where }).catch((error) => {
    if (error instanceof ProblemError) return { records: [] };
    throw error;
  });
  return new Map(
    records.flatMap(({ name: cluster, container_manager, hostset }) =>
      hostset.map((address) => [address, { cluster, isManaged: container_manager !== '' }] as const),
    ),
  );
}
