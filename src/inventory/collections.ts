import { records, sealedRecords } from '../store/contract.ts';
import type { Cluster } from './cluster.ts';
import type { ContainerManagerRecord } from './container-manager.ts';
import type { Credentials } from './credentials.ts';
import type { HostHealth, StoredHost } from './host.ts';
import type { Network } from './network.ts';

/** By address. */
export const hostRecords = records<StoredHost>('hosts');
/** By address: what was measured. Of a host that nobody has looked at there is none. */
export const healthRecords = records<HostHealth>('host-health');
/** By address. */
export const credentialRecords = sealedRecords<Credentials>('credentials');
/** By name. */
export const clusterRecords = records<Cluster>('clusters');
/** By address: the one cluster the host is in. Written together with the cluster's hostset. */
export const membershipRecords = records<{ cluster: string }>('memberships');
/** By name. */
export const networkRecords = records<Network>('networks');
/** By name. */
export const containerManagerRecords = sealedRecords<ContainerManagerRecord>('container_managers');
/** By manager and address: nodes that may not be as the membership of the host says. */
export const unsettledNodes = records<NodeOf>('unsettled_nodes');

/** A host as a node of a container manager. */
export interface NodeOf {
  manager: string;
  address: string;
}
