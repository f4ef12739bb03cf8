import { records, type Store, type Transaction } from '../store/contract.ts';

/** Overlay network configuration for new hosts (contract 2.2). */
export interface Network {
  name: string;
  type: 'flannel_etcd' | 'flannel_server';
  options: Record<string, unknown>;
}

export const defaultNetwork: Network = { name: 'default', type: 'flannel_etcd', options: {} };

const networkRecords = records<Network>('networks');

/** Makes sure that the default network exists (contract 2.4). */
export async function seedNetworks(store: Store): Promise<void> {
  await store.transact(async (tx) => {
    if (await tx.get(networkRecords, defaultNetwork.name)) return;
    tx.put(networkRecords, defaultNetwork.name, defaultNetwork);
    tx.emit({ type: 'network', action: 'created', key: defaultNetwork.name });
  });
}

/** The network a new cluster gets: the one asked for, or the default when there is none of that name (contract C3). */
export async function networkFor(tx: Transaction, wanted: string): Promise<string> {
  return (await tx.get(networkRecords, wanted)) === undefined ? defaultNetwork.name : wanted;
}
