import { AppError } from '../lib/errors.ts';
import type { Store, Transaction } from '../store/contract.ts';
import { type Cluster, type ClusterSummary, type ClusterView, viewOf } from './cluster.ts';
import { clusterRecords, hostRecords, membershipRecords } from './collections.ts';
import { enlist, hostNotFound, join, strike } from './membership.ts';
import { defaultNetwork, networkFor } from './networks.ts';

/** Members of a cluster that its owner may set. */
export interface ClusterChange {
  network?: string;
  container_manager?: string;
}

/** Sets of hosts. */
export class Clusters {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async names(): Promise<string[]> {
    return Array.fromAsync(this.#store.list(clusterRecords), ({ key }) => key);
  }

  /** @throws AppError `cluster_not_found` */
  async get(name: string): Promise<Cluster> {
    return findCluster(this.#store, name);
  }

  /** The cluster with the state of its members. @throws AppError `cluster_not_found` */
  async view(name: string): Promise<ClusterView> {
    const cluster = await this.get(name);
    const members = cluster.hostset.map(async (address) => (await this.#store.get(hostRecords, address))?.value);
    return viewOf(cluster, await Promise.all(members));
  }

  /** Creates the cluster, or changes the members given of an existing one; who is in it stays (contract C3). */
  async put(name: string, change: ClusterChange): Promise<ClusterSummary> {
    return this.#store.transact(async (tx) => {
      const existing = (await tx.get(clusterRecords, name))?.value;
      const cluster = existing === undefined ? await newCluster(tx, name, change) : { ...existing, ...change };
      tx.put(clusterRecords, name, cluster);
      tx.emit({ type: 'cluster', action: existing === undefined ? 'created' : 'updated', key: name });
      return summaryOf(cluster);
    });
  }

  /**
   * Stores a record as it is given: for bringing an inventory over from elsewhere. Its hosts must be there.
   *
   * @throws AppError `host_not_found`, `host_in_other_cluster`
   */
  async importRecord(record: Cluster): Promise<ClusterSummary> {
    return this.#store.transact(async (tx) => {
      const existing = (await tx.get(clusterRecords, record.name))?.value;
      for (const address of existing?.hostset ?? []) tx.delete(membershipRecords, address);
      let cluster: Cluster = { ...record, hostset: [] };
      tx.put(clusterRecords, record.name, cluster);
      tx.emit({ type: 'cluster', action: 'imported', key: record.name });
      for (const address of new Set(record.hostset)) {
        if ((await tx.get(hostRecords, address)) === undefined) throw hostNotFound(address);
        cluster = await enlist(tx, cluster, address);
      }
      return summaryOf(cluster);
    });
  }

  /** Removes the cluster; its hosts stay in the inventory. @throws AppError `cluster_not_found` */
  async delete(name: string): Promise<void> {
    await this.#store.transact(async (tx) => {
      const cluster = await findCluster(tx, name);
      for (const address of cluster.hostset) tx.delete(membershipRecords, address);
      tx.delete(clusterRecords, name);
      tx.emit({ type: 'cluster', action: 'deleted', key: name });
    });
  }

  /**
   * Replaces the members, if they still are what the caller last saw (contract C6).
   *
   * @throws AppError `cluster_not_found`, `hostset_changed`, `host_not_found`, `host_not_suitable`,
   *   `host_in_other_cluster`, `container_manager_failed`
   */
  async replaceHosts(name: string, seen: readonly string[], wanted: readonly string[]): Promise<Cluster> {
    return this.#store.transact(async (tx) => {
      let cluster = await findCluster(tx, name);
      if (!sameSet(cluster.hostset, seen)) throw hostsetChanged(cluster);
      const keep = new Set(wanted);
      for (const address of cluster.hostset) if (!keep.has(address)) cluster = await strike(tx, cluster, address);
      for (const address of keep) cluster = await join(tx, cluster, address);
      return cluster;
    });
  }

  /** @throws AppError `cluster_not_found`, `not_a_member` */
  async checkMember(name: string, address: string): Promise<void> {
    const cluster = await this.get(name);
    if (cluster.hostset.includes(address)) return;
    throw new AppError('not_a_member', `${address} is not a member of ${name}`, {
      hint: `add it with \`commctl host join ${address} ${name}\``,
    });
  }

  /**
   * Adds a host; it may be a member already (contract C8).
   *
   * @throws AppError `cluster_not_found`, `host_not_found`, `host_not_suitable`, `host_in_other_cluster`,
   *   `container_manager_failed`
   */
  async addHost(name: string, address: string): Promise<void> {
    await this.#store.transact(async (tx) => {
      await join(tx, await findCluster(tx, name), address);
    });
  }

  /** Takes a host out; it need not be a member (contract C9). @throws AppError `cluster_not_found` */
  async removeHost(name: string, address: string): Promise<void> {
    await this.#store.transact(async (tx) => {
      await strike(tx, await findCluster(tx, name), address);
    });
  }
}

/** Reads a cluster, inside a transaction or outside. @throws AppError `cluster_not_found` */
export async function findCluster(reader: Pick<Transaction, 'get'>, name: string): Promise<Cluster> {
  const cluster = (await reader.get(clusterRecords, name))?.value;
  if (cluster !== undefined) return cluster;
  throw new AppError('cluster_not_found', `there is no cluster ${name}`, {
    hint: 'list the clusters with `commctl cluster list`',
  });
}

async function newCluster(tx: Transaction, name: string, change: ClusterChange): Promise<Cluster> {
  const network = await networkFor(tx, change.network ?? defaultNetwork.name);
  return { name, status: '', network, hostset: [], container_manager: change.container_manager ?? '' };
}

function summaryOf({ name, status, network, container_manager }: Cluster): ClusterSummary {
  return { name, status, network, container_manager };
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const set = new Set(right);
  return set.size === new Set(left).size && left.every((item) => set.has(item));
}

function hostsetChanged({ name, hostset }: Cluster): AppError {
  return new AppError('hostset_changed', `the members of ${name} are not what "old" says`, {
    hint: 'read the members again and repeat the change on them',
    details: { hostset },
  });
}
