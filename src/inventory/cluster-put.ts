import type { Transaction } from '../store/contract.ts';
import type { StoredCluster } from './cluster.ts';
import { checkNetwork, defaultNetwork, networkFor } from './networks.ts';

/** The members of a cluster that a caller may set. */
export interface ClusterChange {
  network?: string;
  container_manager?: string;
  /** Seconds; null for none of its own. */
  reboot_timeout?: number | null;
}

/** The cluster with the changes. */
export function changedCluster(cluster: StoredCluster, change: ClusterChange): StoredCluster {
  const { reboot_timeout = cluster.reboot_timeout, ...others } = change;
  const { reboot_timeout: _, ...rest } = { ...cluster, ...others };
  return typeof reboot_timeout === 'number' ? { ...rest, reboot_timeout } : rest;
}

/** The cluster that a PUT creates. */
export async function newCluster(tx: Transaction, name: string, change: ClusterChange): Promise<StoredCluster> {
  const network = await networkFor(tx, change.network ?? defaultNetwork.name);
  const { container_manager = '', reboot_timeout = null } = change;
  return changedCluster({ name, status: '', network, container_manager }, { reboot_timeout });
}

/** The changes that a PUT makes to an existing cluster. Repeating the PUT that created it changes nothing. */
export async function putTo(
  tx: Transaction,
  { network: present }: StoredCluster,
  change: ClusterChange,
): Promise<ClusterChange> {
  const { network = present } = change;
  if (network === present) return change;
  const isRepeated = present === defaultNetwork.name && (await networkFor(tx, network)) === present;
  if (!isRepeated) await checkNetwork(tx, network);
  return isRepeated ? { ...change, network: present } : change;
}
