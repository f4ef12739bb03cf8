/** The answers of the API that are neither records of the inventory nor operations. */

export type { HostCheck, HostStatus, HostView } from '../api/host-routes.ts';
export type { ClusterKind as ClusterOperationKind } from '../operations/v0-record.ts';
export type { PinnedHostKey as HostKey } from '../ssh/host-keys.ts';

/**
 * The latest operation of a kind, as a cluster shows it (contract 1.4). Each kind has its own name for the finished
 * hosts.
 */
export interface ClusterOperation {
  name: string;
  status: string;
  version?: string;
  restarted?: string[];
  upgraded?: string[];
  deployed?: string[];
  in_process: string[];
  started_at: string;
  finished_at: string;
}
