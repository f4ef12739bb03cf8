import { records, sealedRecords } from '../store/contract.ts';
import type { StoredCluster } from './cluster.ts';
import type { ContainerManagerRecord } from './container-manager.ts';
import type { Credentials } from './credentials.ts';
import type { HostHealth, StoredHost } from './host.ts';
import type { Network } from './network.ts';

/** By address. */
export const hostRecords = records<StoredHost>('hosts');
/** By address: the measured facts. A host that was never investigated has no record. */
export const healthRecords = records<HostHealth>('host-health');
/** By address. */
export const credentialRecords = sealedRecords<Credentials>('credentials');
/** By name of a host: its address. Written together with the host. */
export const hostNameRecords = records<{ address: string }>('host-names');
/** By identity and address: which hosts a machine with this host key or machine id is registered as. */
export const hostIdentityRecords = records<{ address: string }>('host-identities');
/** By name. */
export const clusterRecords = records<StoredCluster>('clusters');
/** By address: the cluster that the host is a member of. */
export const membershipRecords = records<{ cluster: string }>('memberships');
/** By cluster and address: the members of clusters. Written together with the membership of the host. */
export const memberRecords = records<MemberRecord>('memberships-by-cluster');
/**
 * By name of the cluster: marks a change of its members. Only the revision counts. A joining host writes the record
 * without reading it, so that concurrent joins do not conflict.
 */
export const rosterRecords = records<{ change: string }>('cluster-rosters');
/** By name. */
export const networkRecords = records<Network>('networks');
/** By name. */
export const containerManagerRecords = sealedRecords<ContainerManagerRecord>('container_managers');
/** By manager and address: nodes that may differ from the membership of the host. */
export const unsettledNodes = records<NodeOf>('unsettled_nodes');

/** A member of a cluster. */
export interface MemberRecord {
  /**
   * Members sort by this, and then by address: the change with which the host joined, time-ordered, and the index in
   * that change.
   */
  joined: string;
}

/** A host as a node of a container manager. */
export interface NodeOf {
  manager: string;
  address: string;
}
