/** What the API answers where it is not a record of the inventory or an operation. */

export type { HostStatus } from '../api/host-routes.ts';
export type { ClusterKind as ClusterOperationKind } from '../operations/v0-record.ts';
export type { PinnedHostKey as HostKey } from '../ssh/host-keys.ts';

/** What a cluster shows of the latest operation of a kind (contract 1.4). Each kind has its own name for what is done. */
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
