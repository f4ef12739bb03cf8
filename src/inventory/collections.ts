import { records, sealedRecords } from '../store/contract.ts';
import type { Cluster } from './cluster.ts';
import type { Credentials } from './credentials.ts';
import type { Host } from './host.ts';

/** By address. */
export const hostRecords = records<Host>('hosts');
/** By address. */
export const credentialRecords = sealedRecords<Credentials>('credentials');
/** By name. */
export const clusterRecords = records<Cluster>('clusters');
/** By address: the one cluster the host is in. Written together with the cluster's hostset. */
export const membershipRecords = records<{ cluster: string }>('memberships');
