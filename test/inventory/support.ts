import { Clusters } from '../../src/inventory/clusters.ts';
import { ContainerManagers } from '../../src/inventory/container-managers.ts';
import { Networks } from '../../src/inventory/networks.ts';
import { Nodes } from '../../src/inventory/nodes.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import type { CachingStore } from '../../src/store/cached.ts';

import { RecordingLogger } from '../operations/support.ts';

/** The nouns of the inventory over a store, as the server builds them. No container manager is ever reached. */
export function inventoryOn(store: CachingStore) {
  const logger = new RecordingLogger();
  const managers = new ContainerManagers(store, { logger, deadlineMs: 1_000 });
  const nodes = new Nodes({ store, managers, clock, logger, firstPause: 1_000 });
  return { managers, networks: new Networks(store), clusters: new Clusters(store, nodes) };
}
