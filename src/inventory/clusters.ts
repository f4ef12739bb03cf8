import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import { mentions, type Selected, type Selection, select, type Visible } from '../lib/selection.ts';
import type { CachingStore } from '../store/cached.ts';
import type { Entry, Transaction } from '../store/contract.ts';
import { always, type Precondition } from '../store/precondition.ts';
import { selectRecords } from '../store/select-records.ts';
import { type Cluster, type ClusterSummary, type ClusterView, viewOf } from './cluster.ts';
import { clusterRecords, hostRecords, type NodeOf } from './collections.ts';
import { checkContainerManager } from './container-managers.ts';
import { activate, hostNotFound, managerOf, nodesToJoin, Roster, releaseAll, strike } from './membership.ts';
import { checkNetwork, defaultNetwork, networkFor } from './networks.ts';
import { clearMark } from './node-marks.ts';
import type { NodeChange, Nodes } from './nodes.ts';

/** Members of a cluster that its owner may set. */
export interface ClusterChange {
  network?: string;
  container_manager?: string;
}

/** Sets of hosts. */
export class Clusters {
  readonly #store: CachingStore;
  readonly #nodes: Nodes;

  constructor(store: CachingStore, nodes: Nodes) {
    this.#store = store;
    this.#nodes = nodes;
  }

  /** The state of the members is looked at only when the selection is about it. */
  async select(selection: Selection, isVisible?: Visible<Cluster>): Promise<Selected<Cluster>> {
    const asksForState = mentions(selection, 'status') || mentions(selection, 'hosts');
    if (!asksForState) return selectRecords(this.#store, clusterRecords, selection, (cluster) => cluster, isVisible);
    const clusters = await this.#store.all(clusterRecords);
    const views = clusters.map(async ({ value }) => (await this.#viewOf(value)).view);
    return select(await Promise.all(views), selection, isVisible);
  }

  /** @throws AppError `cluster_not_found` */
  async get(name: string): Promise<Cluster> {
    return findCluster(this.#store, name);
  }

  /** Where the last change left the clusters and the state of their members. */
  revision(): Promise<number> {
    return this.#store.revisionOf(clusterRecords, hostRecords);
  }

  /** The cluster with its revision. @throws AppError `cluster_not_found` */
  async entry(name: string): Promise<Entry<Cluster>> {
    return clusterEntry(this.#store, name);
  }

  /** The cluster with the state of its members, and the highest revision of theirs. @throws AppError `cluster_not_found` */
  async view(name: string): Promise<Entry<ClusterView> & { state: number }> {
    const entry = await this.entry(name);
    const { view, state } = await this.#viewOf(entry.value);
    return { ...entry, value: view, state };
  }

  async #viewOf(cluster: Cluster): Promise<{ view: ClusterView; state: number }> {
    const members = await Promise.all(cluster.hostset.map((address) => this.#store.get(hostRecords, address)));
    const view = viewOf(
      cluster,
      members.map((entry) => entry?.value),
    );
    return { view, state: members.reduce((highest, entry) => Math.max(highest, entry?.revision ?? 0), 0) };
  }

  /**
   * Creates the cluster, or changes the members given of an existing one; who is in it stays. Of the container manager only
   * the name counts: clients may create it after its clusters (contract C3).
   *
   * A network that is not there is replaced by the default one, or left so when the request is repeated.
   *
   * @throws AppError `network_unknown` when that would take the cluster out of another network
   */
  async put(name: string, change: ClusterChange, check = always): Promise<ClusterSummary> {
    return this.#store.transact(async (tx) => {
      const stored = await tx.get(clusterRecords, name);
      check(stored?.revision);
      const existing = stored?.value;
      const cluster =
        existing === undefined
          ? await newCluster(tx, name, change)
          : { ...existing, ...(await putTo(tx, existing, change)) };
      tx.put(clusterRecords, name, cluster);
      tx.emit({ type: 'cluster', action: existing === undefined ? 'created' : 'updated', key: name });
      return summaryOf(cluster);
    });
  }

  /**
   * Makes of the network and the container manager what `change` makes of the cluster; who is in it stays.
   *
   * @throws AppError `cluster_not_found`, `network_unknown`, `container_manager_unknown`, and what `change` throws
   */
  async change(name: string, change: (cluster: Cluster) => ClusterChange, check = always): Promise<ClusterSummary> {
    return this.#store.transact(async (tx) => {
      check((await tx.get(clusterRecords, name))?.revision);
      const existing = await findCluster(tx, name);
      const { network = existing.network, container_manager = existing.container_manager } = change(existing);
      const changed = { ...existing, network, container_manager };
      if (network !== existing.network) await checkNetwork(tx, network);
      if (container_manager !== existing.container_manager && container_manager !== '') {
        await checkContainerManager(tx, container_manager);
      }
      if (!isDeepStrictEqual(changed, existing)) {
        tx.put(clusterRecords, name, changed);
        tx.emit({ type: 'cluster', action: 'updated', key: name });
      }
      return summaryOf(changed);
    });
  }

  /**
   * Stores a record as it is given: for bringing an inventory over from elsewhere. Its hosts must be there.
   *
   * @throws AppError `host_not_found`, `host_in_other_cluster`
   */
  async importRecord(record: Cluster, check = always): Promise<ClusterSummary> {
    return this.#store.transact(async (tx) => {
      const stored = await tx.get(clusterRecords, record.name);
      check(stored?.revision);
      const existing = stored?.value;
      if (existing !== undefined) releaseAll(tx, existing);
      const cluster: Cluster = { ...record, hostset: [] };
      tx.put(clusterRecords, record.name, cluster);
      tx.emit({ type: 'cluster', action: 'imported', key: record.name });
      const roster = new Roster(tx, cluster);
      const pace = new Pace();
      for (const address of new Set(record.hostset)) {
        if (pace.isDue) await pace.rest();
        if ((await tx.get(hostRecords, address)) === undefined) throw hostNotFound(address);
        await roster.enlist(address);
        // One that stays is not to be taken from its manager.
        if (existing !== undefined) await clearMark(tx, { manager: existing.container_manager, address });
      }
      return summaryOf(roster.save());
    });
  }

  /**
   * Removes the cluster, and its members from its container manager; its hosts stay in the inventory.
   *
   * @throws AppError `cluster_not_found`, `container_manager_failed`
   */
  async delete(name: string, check = always): Promise<void> {
    // Before a node is taken from its manager, and again with the change.
    const seen = await checkedCluster(this.#store, name, check);
    await this.#nodes.change(removals(seen, seen.hostset), async (tx) => {
      const cluster = await checkedCluster(tx, name, check);
      releaseAll(tx, cluster);
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
  async replaceHosts(
    name: string,
    seen: readonly string[],
    wanted: readonly string[],
    check = always,
  ): Promise<Cluster> {
    const keep = new Set(wanted);
    const before = await checkedCluster(this.#store, name, check);
    if (!sameSet(before.hostset, seen)) throw hostsetChanged(before);
    const added = await nodesToJoin(this.#store, before, keep);
    const dropped = before.hostset.filter((address) => !keep.has(address));
    const changes = [...removals(before, dropped), ...Array.from(added.values(), registration)];
    return this.#nodes.change(changes, async (tx) => {
      const cluster = await checkedCluster(tx, name, check);
      if (!sameSet(cluster.hostset, seen)) throw hostsetChanged(cluster);
      const roster = new Roster(tx, cluster);
      for (const address of dropped) roster.strike(address);
      const pace = new Pace();
      for (const address of keep) {
        if (pace.isDue) await pace.rest();
        await roster.join(address, added.get(address));
      }
      return roster.save();
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
   * Adds a host; it may be a member already (contract C8). One that is not a node of the cluster's container manager yet
   * becomes one.
   *
   * @throws AppError `cluster_not_found`, `host_not_found`, `host_not_suitable`, `host_in_other_cluster`,
   *   `container_manager_failed`
   */
  async addHost(name: string, address: string, check = always): Promise<void> {
    const nodes = await nodesToJoin(this.#store, await checkedCluster(this.#store, name, check), [address]);
    await this.#nodes.change(Array.from(nodes.values(), registration), async (tx) => {
      const roster = new Roster(tx, await checkedCluster(tx, name, check));
      await roster.join(address, nodes.get(address));
      roster.save();
    });
  }

  /**
   * Takes a host out; it need not be a member (contract C9).
   *
   * @throws AppError `cluster_not_found`, `container_manager_failed`
   */
  async removeHost(name: string, address: string, check = always): Promise<void> {
    const seen = await checkedCluster(this.#store, name, check);
    const isMember = seen.hostset.includes(address);
    await this.#nodes.change(removals(seen, isMember ? [address] : []), async (tx) => {
      strike(tx, await checkedCluster(tx, name, check), address);
    });
  }

  /**
   * Makes a host that has been set up a node of its cluster's container manager, and active. Without one it stays as it is
   * (contract 4.2, step 10).
   *
   * @throws AppError `container_manager_failed`, `host_not_found`, `conflict`; the reason of the signal
   */
  async activate(address: string, signal: AbortSignal): Promise<void> {
    const manager = await managerOf(this.#store, address);
    if (manager === undefined) return;
    const node = { manager, address };
    await this.#nodes.change([registration(node)], (tx) => activate(tx, node), signal);
  }
}

/** Reads a cluster, inside a transaction or outside. @throws AppError `cluster_not_found` */
export async function findCluster(reader: Pick<Transaction, 'get'>, name: string): Promise<Cluster> {
  return (await clusterEntry(reader, name)).value;
}

/** The same for one that is about to be changed, which is read before its nodes are and again with the change. */
async function checkedCluster(reader: Pick<Transaction, 'get'>, name: string, check: Precondition): Promise<Cluster> {
  check((await reader.get(clusterRecords, name))?.revision);
  return findCluster(reader, name);
}

async function clusterEntry(reader: Pick<Transaction, 'get'>, name: string): Promise<Entry<Cluster>> {
  const entry = await reader.get(clusterRecords, name);
  if (entry !== undefined) return entry;
  throw new AppError('cluster_not_found', `there is no cluster ${name}`, {
    hint: 'list the clusters with `commctl cluster list`',
  });
}

async function newCluster(tx: Transaction, name: string, change: ClusterChange): Promise<Cluster> {
  const network = await networkFor(tx, change.network ?? defaultNetwork.name);
  return { name, status: '', network, hostset: [], container_manager: change.container_manager ?? '' };
}

/** What a PUT makes of a cluster that exists: of one that has just been created the same as the PUT before. */
async function putTo(tx: Transaction, { network: present }: Cluster, change: ClusterChange): Promise<ClusterChange> {
  const { network = present } = change;
  if (network === present) return change;
  const isRepeated = present === defaultNetwork.name && (await networkFor(tx, network)) === present;
  if (!isRepeated) await checkNetwork(tx, network);
  return isRepeated ? { ...change, network: present } : change;
}

function summaryOf({ name, status, network, container_manager }: Cluster): ClusterSummary {
  return { name, status, network, container_manager };
}

function registration(node: NodeOf): NodeChange {
  return { ...node, to: 'registered' };
}

/** Of hosts of the cluster; none when it has no container manager. */
function removals({ container_manager: manager }: Cluster, addresses: readonly string[]): NodeChange[] {
  return manager === '' ? [] : addresses.map((address) => ({ manager, address, to: 'removed' }));
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
