import type { Clock } from '../lib/clock.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { neverByProxy, type ProxyFor } from '../lib/proxies.ts';
import { HostKeys } from '../ssh/host-keys.ts';
import type { CachingStore } from '../store/cached.ts';
import type { Leases } from '../store/contract.ts';

import { Clusters } from './clusters.ts';
import { ContainerManagers } from './container-managers.ts';
import { Hosts } from './hosts.ts';
import { Memberships } from './memberships.ts';
import { Networks } from './networks.ts';
import { Nodes } from './nodes.ts';
import { Secrets } from './secrets.ts';

export interface InventoryDependencies {
  store: CachingStore;
  leases: Leases;
  clock: Clock;
  logger: Logger;
  newId: IdSource;
  /** The deadline of one call to a container manager, in milliseconds. Default 10 s. */
  managerDeadline?: number;
  /** Milliseconds before a node that could not be settled is tried again. Default 5 s. */
  nodePause?: number;
  /** How container managers are reached; directly when left out. */
  proxyFor?: ProxyFor;
}

/** The nouns that operations work on. Its `begin` starts settling the nodes of container managers. */
export function inventoryPart(dependencies: InventoryDependencies) {
  const {
    store,
    leases,
    clock,
    logger,
    newId,
    managerDeadline: deadlineMs = 10_000,
    nodePause: firstPause = 5_000,
    proxyFor = neverByProxy,
  } = dependencies;
  const hostKeys = new HostKeys(store, clock);
  const containerManagers = new ContainerManagers(store, { logger, deadlineMs, proxyFor });
  const nodes = new Nodes({ store, leases, managers: containerManagers, clock, logger, firstPause });
  const hosts = new Hosts(store, hostKeys, newId);
  return {
    services: {
      hosts,
      clusters: new Clusters(store, nodes, newId),
      networks: new Networks(store),
      containerManagers,
      nodes,
      secrets: new Secrets(store),
    },
    hostKeys,
    memberships: new Memberships(store),
    begin: async () => nodes.begin(),
    async [Symbol.asyncDispose]() {
      hosts[Symbol.dispose]();
      await nodes[Symbol.asyncDispose]();
    },
  };
}

/** The services of the nouns, for the API. */
export type InventoryServices = ReturnType<typeof inventoryPart>['services'];
