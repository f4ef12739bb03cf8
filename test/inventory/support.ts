import { Clusters } from '../../src/inventory/clusters.ts';
import { clusterRecords, memberRecords, membershipRecords, rosterRecords } from '../../src/inventory/collections.ts';
import { ContainerManagers } from '../../src/inventory/container-managers.ts';
import { memberKey, membersOf, placeIn } from '../../src/inventory/members.ts';
import { Networks } from '../../src/inventory/networks.ts';
import { Nodes } from '../../src/inventory/nodes.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import type { CachingStore } from '../../src/store/cached.ts';
import type { Store } from '../../src/store/contract.ts';
import { ProcessLeases } from '../../src/store/leases.ts';
import { RecordingLogger } from '../operations/support.ts';

/** The nouns of the inventory over a store, as the server builds them. No container manager is ever reached. */
export function inventoryOn(store: CachingStore) {
  const logger = new RecordingLogger();
  const managers = new ContainerManagers(store, { logger, deadlineMs: 1_000 });
  const nodes = new Nodes({ store, leases: new ProcessLeases(store), managers, clock, logger, firstPause: 1_000 });
  return { managers, networks: new Networks(store), clusters: new Clusters(store, nodes, timeOrderedId) };
}

/** Stores a cluster with these members, in this order, whatever was stored of it before. Whether the hosts are there does not matter. */
export async function storeCluster(store: Store, name: string, hostset: readonly string[]): Promise<void> {
  await store.transact(async (tx) => {
    const change = timeOrderedId();
    tx.put(clusterRecords, name, { name, status: '', network: 'default', container_manager: '' });
    tx.put(rosterRecords, name, { change });
    for (const address of await membersOf(tx, name)) {
      tx.delete(membershipRecords, address);
      tx.delete(memberRecords, memberKey(name, address));
    }
    for (const [index, address] of hostset.entries()) {
      tx.put(membershipRecords, address, { cluster: name });
      tx.put(memberRecords, memberKey(name, address), { joined: placeIn(change, index) });
    }
  });
}
