import { records, sealedRecords } from '../store/contract.ts';
import type { StoredCluster } from './cluster.ts';
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
export const clusterRecords = records<StoredCluster>('clusters');
/** By address: the one cluster the host is in. */
export const membershipRecords = records<{ cluster: string }>('memberships');
/** By cluster and address: its members. Written together with the membership of the host. */
export const memberRecords = records<MemberRecord>('memberships-by-cluster');
/**
 * By name of the cluster: its members have changed. The revision is what counts. Those who join write it without reading it,
 * so that nobody has to wait for anybody.
 */
export const rosterRecords = records<{ change: string }>('cluster-rosters');
/** By name. */
export const networkRecords = records<Network>('networks');
/** By name. */
export const containerManagerRecords = sealedRecords<ContainerManagerRecord>('container_managers');
/** By manager and address: nodes that may not be as the membership of the host says. */
export const unsettledNodes = records<NodeOf>('unsettled_nodes');

/** A member of a cluster. */
export interface MemberRecord {
  /** The members sort by this, and then by address: the change it joined with, time-ordered, and its place in that. */
  joined: string;
}

/** A host as a node of a container manager. */
export interface NodeOf {
  manager: string;
  address: string;
}
