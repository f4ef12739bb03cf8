import type { Transaction } from '../store/contract.ts';
import type { StoredCluster } from './cluster.ts';
import { checkNetwork, defaultNetwork, networkFor } from './networks.ts';

/** Members of a cluster that its owner may set. */
export interface ClusterChange {
  network?: string;
  container_manager?: string;
}

/** What a PUT makes where there is no cluster of the name. */
export async function newCluster(tx: Transaction, name: string, change: ClusterChange): Promise<StoredCluster> {
  const network = await networkFor(tx, change.network ?? defaultNetwork.name);
  return { name, status: '', network, container_manager: change.container_manager ?? '' };
}

/** What a PUT makes of a cluster that exists: of one that has just been created the same as the PUT before. */
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
