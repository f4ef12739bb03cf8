import type { Transaction } from '../store/contract.ts';
import type { StoredCluster } from './cluster.ts';
import { checkNetwork, defaultNetwork, networkFor } from './networks.ts';

/** The members of a cluster that a caller may set. */
export interface ClusterChange {
  network?: string;
  container_manager?: string;
}

/** The cluster that a PUT creates. */
export async function newCluster(tx: Transaction, name: string, change: ClusterChange): Promise<StoredCluster> {
  const network = await networkFor(tx, change.network ?? defaultNetwork.name);
  return { name, status: '', network, container_manager: change.container_manager ?? '' };
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
