/** What the API answers where it is not a record of the inventory or an operation. */

/** `GET /host/{address}/status` (contract H7). */
export interface HostStatus {
  type: string;
  host: { last_check: string; status: string; error?: string };
  container_manager: Record<string, unknown>;
}

export interface HostKey {
  address: string;
  /** `SHA256:…` */
  fingerprint: string;
  algorithm: string;
  /** As a known_hosts file holds it; empty until the server has seen it. */
  public_key: string;
  source: string;
  pinned_at: string;
}

/** The kinds of operations a cluster has routes for. */
export type ClusterOperationKind = 'restart' | 'upgrade' | 'deploy';

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
