import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import { Pace } from '../lib/pace.ts';
import { mentions, type Selected, type Selection, select, type Visible } from '../lib/selection.ts';
import type { CachingStore } from '../store/cached.ts';
import type { Entry } from '../store/contract.ts';
import { always } from '../store/precondition.ts';
import { selectRecords } from '../store/select-records.ts';
import {
  type Cluster,
  type ClusterSummary,
  type ClusterView,
  clusterOf,
  type StoredCluster,
  summaryOf,
  viewOf,
} from './cluster.ts';
import { type ClusterChange, changedCluster, newCluster, putTo } from './cluster-put.ts';
import { clusterRecords, hostRecords, membershipRecords, type NodeOf, rosterRecords } from './collections.ts';
import { checkContainerManager } from './container-managers.ts';
import { checkCluster, checkedCluster, clusterEntry, findCluster } from './known-clusters.ts';
import { KnownMembers, lookingOnce, membersOf } from './members.ts';
import { activate, hostNotFound, managerOf, nodesToJoin, Roster, release } from './membership.ts';
import { checkNetwork } from './networks.ts';
import { clearMark } from './node-marks.ts';
import type { NodeChange, Nodes } from './nodes.ts';
import { whateverRuns } from './taking-away.ts';

/** Sets of hosts. */
export class Clusters {
  readonly #store: CachingStore;
  readonly #nodes: Nodes;
  readonly #newId: IdSource;
  readonly #members: KnownMembers;

  constructor(store: CachingStore, nodes: Nodes, newId: IdSource) {
    this.#store = store;
    this.#nodes = nodes;
    this.#newId = newId;
    this.#members = new KnownMembers(store);
  }

  /** Reads the members and their state only when the selection uses them. */
  async select(selection: Selection, isVisible?: Visible<ClusterSummary>): Promise<Selected<ClusterSummary>> {
    if (!['hostset', 'status', 'hosts'].some((member) => mentions(selection, member))) {
      return selectRecords(this.#store, clusterRecords, selection, summaryOf, isVisible);
    }
    const clusters = await this.#store.all(clusterRecords);
    const views = clusters.map(async ({ value }) => (await this.#viewOf(value)).view);
    return select(await Promise.all(views), selection, isVisible);
  }

  /** The same with the members of each cluster and their state. */
  async selectViews(selection: Selection, isVisible?: Visible<ClusterSummary>): Promise<Selected<ClusterView>> {
    const { records, total } = await this.select(selection, isVisible);
    const views: ClusterView[] = [];
    const pace = new Pace();
    for (const cluster of records) {
      views.push((await this.#viewOf(cluster)).view);
      if (pace.isDue) await pace.rest();
    }
    return { records: views, total };
  }

  /** @throws AppError `cluster_not_found` */
  async get(name: string): Promise<Cluster> {
    return (await this.entry(name)).value;
  }

  /** The revision of the last change to the clusters, their members and the state of the members. */
  revision(): Promise<number> {
    return this.#store.revisionOf(clusterRecords, rosterRecords, hostRecords);
  }

  /** The cluster with its revision, which changes with its members too. @throws AppError `cluster_not_found` */
  async entry(name: string): Promise<Entry<Cluster>> {
    const entry = await clusterEntry(this.#store, name);
    return { ...entry, value: clusterOf(entry.value, [...(await this.#members.of(name))]) };
  }

  /** The cluster with the state of its members, and the highest revision of theirs. @throws AppError `cluster_not_found` */
  async view(name: string): Promise<Entry<ClusterView> & { state: number }> {
    const entry = await clusterEntry(this.#store, name);
    const { view, state } = await this.#viewOf(entry.value);
    return { ...entry, value: view, state };
  }

  async #viewOf(cluster: StoredCluster): Promise<{ view: ClusterView; state: number }> {
    const hostset = [...(await this.#members.of(cluster.name))];
    const members = await Promise.all(hostset.map((address) => this.#store.get(hostRecords, address)));
    const view = viewOf(
      clusterOf(cluster, hostset),
      members.map((entry) => entry?.value),
    );
    return { view, state: members.reduce((highest, entry) => Math.max(highest, entry?.revision ?? 0), 0) };
  }

  /**
   * Creates the cluster, or changes the given members of an existing one; its hosts stay members. Only the name of the
   * container manager is stored: clients may create it after its clusters (contract C3).
   *
   * An unknown network is replaced by the default one; when the request is repeated, the network stays.
   *
   * @throws AppError `network_unknown` when that would take the cluster out of another network
   */
  async put(name: string, change: ClusterChange, check = always): Promise<ClusterSummary> {
    return this.#store.transact(async (tx) => {
      await checkCluster(tx, name, check);
      const existing = (await tx.get(clusterRecords, name))?.value;
      const cluster =
        existing === undefined
          ? await newCluster(tx, name, change)
          : changedCluster(existing, await putTo(tx, existing, change));
      tx.put(clusterRecords, name, cluster);
      tx.emit({ type: 'cluster', action: existing === undefined ? 'created' : 'updated', key: name });
      return summaryOf(cluster);
    });
  }

  /**
   * Sets the network and the container manager to what `change` returns; the hosts stay members.
   *
   * @throws AppError `cluster_not_found`, `network_unknown`, `container_manager_unknown`, and what `change` throws
   */
  async change(name: string, change: (cluster: Cluster) => ClusterChange, check = always): Promise<ClusterSummary> {
    return this.#store.transact(async (tx) => {
      const existing = await checkedCluster(tx, name, check);
      const shown = clusterOf(existing, await membersOf(lookingOnce(this.#store, tx), name));
      const changed = changedCluster(existing, change(shown));
      const { network, container_manager } = changed;
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
   * Stores a record unchanged, to import an inventory. Its hosts must exist.
   *
   * @throws AppError `host_not_found`, `host_in_other_cluster`
   */
  async importRecord(record: Cluster, check = always): Promise<ClusterSummary> {
    const { name, hostset } = record;
    return this.#store.transact(async (tx) => {
      await checkCluster(tx, name, check);
      const existing = (await tx.get(clusterRecords, name))?.value;
      const before = existing === undefined ? [] : await membersOf(lookingOnce(this.#store, tx), name);
      const cluster = summaryOf(record);
      tx.put(clusterRecords, name, cluster);
      tx.emit({ type: 'cluster', action: 'imported', key: name });
      const wanted = new Set(hostset);
      if (existing !== undefined)
        for (const address of before) if (!wanted.has(address)) release(tx, existing, address);
      const roster = new Roster(tx, cluster, this.#newId());
      const pace = new Pace();
      for (const address of wanted) {
        if (pace.isDue) await pace.rest();
        if ((await tx.get(hostRecords, address)) === undefined) throw hostNotFound(address);
        await roster.enlistLast(address);
        // A host that stays a member must stay a node of its manager.
        if (existing !== undefined) await clearMark(tx, { manager: existing.container_manager, address });
      }
      return cluster;
    });
  }

  /**
   * Removes the cluster, and its members from its container manager; its hosts stay in the inventory.
   *
   * @throws AppError `cluster_not_found`, `container_manager_failed`, and what `checkWork` throws
   */
  async delete(name: string, check = always, checkWork = whateverRuns): Promise<void> {
    const attempt = `delete the cluster ${name}`;
    // The checks run before a node is removed from its manager, and again in the transaction.
    const seen = await checkedCluster(this.#store, name, check);
    const hosts = await membersOf(this.#store, name);
    await checkWork(this.#store, { attempt, cluster: name, hosts });
    await this.#nodes.change(removals(seen, hosts), async (tx) => {
      const cluster = await checkedCluster(tx, name, check);
      const present = await membersOf(lookingOnce(this.#store, tx), name);
      await checkWork(tx, { attempt, cluster: name, hosts: present });
      for (const address of present) release(tx, cluster, address);
      tx.delete(clusterRecords, name);
      tx.delete(rosterRecords, name);
      tx.emit({ type: 'cluster', action: 'deleted', key: name });
    });
  }

  /**
   * Replaces the members, if they are still those that the caller last saw (contract C6).
   *
   * @throws AppError `cluster_not_found`, `hostset_changed`, `host_not_found`, `host_not_suitable`,
   *   `host_in_other_cluster`, `container_manager_failed`, and what `checkWork` throws for the hosts that leave
   */
  async replaceHosts(
    name: string,
    seen: readonly string[],
    wanted: readonly string[],
    check = always,
    checkWork = whateverRuns,
  ): Promise<Cluster> {
    const keep = new Set(wanted);
    const before = await checkedCluster(this.#store, name, check);
    const members = await membersOf(this.#store, name);
    if (!sameSet(members, seen)) throw hostsetChanged(name, members);
    const added = await nodesToJoin(this.#store, before, keep);
    const dropped = members.filter((address) => !keep.has(address));
    const leaving = { attempt: `take hosts out of the cluster ${name}`, hosts: dropped };
    await checkWork(this.#store, leaving);
    const changes = [...removals(before, dropped), ...Array.from(added.values(), registration)];
    return this.#nodes.change(changes, async (tx) => {
      const cluster = await checkedCluster(tx, name, check);
      const present = await membersOf(lookingOnce(this.#store, tx), name);
      if (!sameSet(present, seen)) throw hostsetChanged(name, present);
      await checkWork(tx, leaving);
      const roster = new Roster(tx, cluster, this.#newId());
      const pace = new Pace();
      for (const address of dropped) await roster.strike(address);
      for (const address of keep) {
        if (pace.isDue) await pace.rest();
        await roster.join(address, added.get(address));
      }
      const stayed = present.filter((address) => keep.has(address));
      return clusterOf(cluster, [...new Set([...stayed, ...keep])]);
    });
  }

  /** @throws AppError `cluster_not_found`, `not_a_member` */
  async checkMember(name: string, address: string): Promise<void> {
    await findCluster(this.#store, name);
    if ((await this.#store.get(membershipRecords, address))?.value.cluster === name) return;
    throw new AppError('not_a_member', `${address} is not a member of ${name}`, {
      hint: `add it with \`commctl host join ${address} ${name}\``,
    });
  }

  /**
   * Adds a host; it may be a member already (contract C8). A host that is not yet a node of the cluster's container
   * manager is registered there.
   *
   * @throws AppError `cluster_not_found`, `host_not_found`, `host_not_suitable`, `host_in_other_cluster`,
   *   `container_manager_failed`
   */
  async addHost(name: string, address: string, check = always): Promise<void> {
    const nodes = await nodesToJoin(this.#store, await checkedCluster(this.#store, name, check), [address]);
    await this.#nodes.change(Array.from(nodes.values(), registration), async (tx) => {
      const roster = new Roster(tx, await checkedCluster(tx, name, check), this.#newId());
      await roster.join(address, nodes.get(address));
    });
  }

  /**
   * Removes a host; it need not be a member (contract C9).
   *
   * @throws AppError `cluster_not_found`, `container_manager_failed`, and what `checkWork` throws for a member
   */
  async removeHost(name: string, address: string, check = always, checkWork = whateverRuns): Promise<void> {
    const seen = await checkedCluster(this.#store, name, check);
    const hosts = (await this.#store.get(membershipRecords, address))?.value.cluster === name ? [address] : [];
    const leaving = { attempt: `take ${address} out of the cluster ${name}`, hosts };
    await checkWork(this.#store, leaving);
    await this.#nodes.change(removals(seen, hosts), async (tx) => {
      await checkWork(tx, leaving);
      await new Roster(tx, await checkedCluster(tx, name, check), this.#newId()).strike(address);
    });
  }

  /**
   * Registers a bootstrapped host as a node of its cluster's container manager, and makes it active. Without a
   * container manager the host stays as it is (contract 4.2, step 10).
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

function registration(node: NodeOf): NodeChange {
  return { ...node, to: 'registered' };
}

/** Removals of hosts of the cluster; empty when it has no container manager. */
function removals({ container_manager: manager }: StoredCluster, addresses: readonly string[]): NodeChange[] {
  return manager === '' ? [] : addresses.map((address) => ({ manager, address, to: 'removed' }));
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const set = new Set(right);
  return set.size === new Set(left).size && left.every((item) => set.has(item));
}

function hostsetChanged(name: string, hostset: readonly string[]): AppError {
  return new AppError('hostset_changed', `the members of ${name} are not what "old" says`, {
    hint: 'read the members again and repeat the change on them',
    details: { hostset },
  });
}
