import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import type { Transaction } from '../store/contract.ts';
import type { StoredCluster } from './cluster.ts';
import {
  clusterRecords,
  hostRecords,
  memberRecords,
  membershipRecords,
  type NodeOf,
  rosterRecords,
} from './collections.ts';
import { isSuitable, type StoredHost } from './host.ts';
import { memberKey, placeIn } from './members.ts';
import { markUnsettled } from './node-marks.ts';

/**
 * Which hosts are members of which cluster. Only this file writes the membership of a host and its row among the
 * members, always together.
 */

type Reading = Pick<Transaction, 'get'>;

/**
 * The members of one cluster while a transaction changes them. However many join or leave, it emits one event, before
 * those of the hosts. It reads and writes only the rows of hosts that join or leave.
 */
export class Roster {
  readonly #tx: Transaction;
  readonly #cluster: StoredCluster;
  readonly #change: string;
  #joined = 0;
  #isChanged = false;

  /** @param change a time-ordered id: members sort by it */
  constructor(tx: Transaction, cluster: StoredCluster, change: string) {
    this.#tx = tx;
    this.#cluster = cluster;
    this.#change = change;
  }

  /** Adds a host in any state that is not a member of another cluster. @throws AppError `host_in_other_cluster` */
  async enlist(address: string): Promise<void> {
    if (!(await this.#isMember(address))) this.#place(address);
  }

  /** The same, but moves an existing member to the end. @throws AppError `host_in_other_cluster` */
  async enlistLast(address: string): Promise<void> {
    await this.#isMember(address);
    this.#place(address);
  }

  /** Removes a host from the cluster; does nothing when it is not a member. The caller must then remove its node. */
  async strike(address: string): Promise<void> {
    if ((await this.#tx.get(membershipRecords, address))?.value.cluster !== this.#cluster.name) return;
    release(this.#tx, this.#cluster, address);
    this.#tell();
  }

  /**
   * Adds a suitable host as a working member of the cluster, and sets its status (contract C8). Does nothing for a
   * working member.
   *
   * @param node the node as which the host was registered beforehand, if it was
   * @throws AppError `host_not_found`, `host_not_suitable`, `host_in_other_cluster`; `conflict` when the cluster has
   *   another container manager by now
   */
  async join(address: string, node: NodeOf | undefined): Promise<void> {
    const { name, container_manager } = this.#cluster;
    const host = await joining(this.#tx, this.#cluster, address);
    if (host === undefined) return;
    await this.enlist(address);
    if ((node?.manager ?? '') !== container_manager) throw managerChanged(name, address);
    settle(this.#tx, host, node === undefined ? 'disassociated' : 'active');
  }

  /** @throws AppError `host_in_other_cluster` */
  async #isMember(address: string): Promise<boolean> {
    const current = (await this.#tx.get(membershipRecords, address))?.value.cluster;
    if (current !== undefined && current !== this.#cluster.name) throw inOtherCluster(address, current);
    return current !== undefined;
  }

  #place(address: string): void {
    const { name } = this.#cluster;
    this.#tx.put(membershipRecords, address, { cluster: name });
    this.#tx.put(memberRecords, memberKey(name, address), { joined: placeIn(this.#change, this.#joined) });
    this.#joined += 1;
    this.#tell();
  }

  #tell(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#tx.put(rosterRecords, this.#cluster.name, { change: this.#change });
    this.#tx.emit({ type: 'cluster', action: 'updated', key: this.#cluster.name });
  }
}

/**
 * The nodes to register before hosts join, by address. Hosts that have joined, or need no node, are left out.
 *
 * @throws AppError `host_not_found`, `host_not_suitable`, `host_in_other_cluster`
 */
export async function nodesToJoin(
  reading: Reading,
  cluster: StoredCluster,
  addresses: Iterable<string>,
): Promise<Map<string, NodeOf>> {
  const { container_manager: manager } = cluster;
  const nodes = new Map<string, NodeOf>();
  const pace = new Pace();
  for (const address of addresses) {
    if (pace.isDue) await pace.rest();
    const host = await joining(reading, cluster, address);
    if (host !== undefined && manager !== '') nodes.set(address, { manager, address });
  }
  return nodes;
}

/** Makes a registered member active. @throws AppError `conflict` when it should be another node */
export async function activate(tx: Transaction, node: NodeOf): Promise<void> {
  const { address, manager } = node;
  const host = (await tx.get(hostRecords, address))?.value;
  if (host === undefined) throw hostNotFound(address);
  if ((await managerOf(tx, address)) !== manager) throw managerChanged('its cluster', address);
  settle(tx, host, 'active');
}

/** The cluster of each host; undefined for a host that is not a member of one. */
export async function clustersOf(
  reading: Reading,
  addresses: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const found = await Promise.all(addresses.map((address) => reading.get(membershipRecords, address)));
  return found.map((entry) => entry?.value.cluster);
}

/** The container manager of the host's cluster; undefined when there is none. */
export async function managerOf(reading: Reading, address: string): Promise<string | undefined> {
  const name = (await reading.get(membershipRecords, address))?.value.cluster;
  const cluster = name === undefined ? undefined : (await reading.get(clusterRecords, name))?.value;
  return cluster?.container_manager || undefined;
}

export function hostNotFound(address: string): AppError {
  return new AppError('host_not_found', `no host has the address ${address}`, {
    hint: 'list the hosts with `commctl host list`, or register it with `commctl host create`',
  });
}

/** The host when it may join, or is a member that is only missing as a node; undefined when nothing is to be done. */
async function joining(
  reading: Reading,
  { name, container_manager }: StoredCluster,
  address: string,
): Promise<StoredHost | undefined> {
  const host = (await reading.get(hostRecords, address))?.value;
  const current = (await reading.get(membershipRecords, address))?.value.cluster;
  if (current === name) {
    return container_manager !== '' && host?.status === 'disassociated' ? host : undefined;
  }
  if (host === undefined) throw hostNotFound(address);
  if (!isSuitable(host)) throw notSuitable(host);
  if (current !== undefined) throw inOtherCluster(address, current);
  return host;
}

/** Removes a member of the cluster without an event, and marks its node for removal. */
export function release(tx: Transaction, { name, container_manager: manager }: StoredCluster, address: string): void {
  tx.delete(membershipRecords, address);
  tx.delete(memberRecords, memberKey(name, address));
  if (manager !== '') markUnsettled(tx, { manager, address });
}

function settle(tx: Transaction, host: StoredHost, status: 'active' | 'disassociated'): void {
  tx.put(hostRecords, host.address, { ...host, status, error: '' });
  tx.emit({ type: 'host', action: 'updated', key: host.address, data: { status } });
}

function inOtherCluster(address: string, cluster: string): AppError {
  return new AppError('host_in_other_cluster', `${address} is a member of the cluster ${cluster}`, {
    hint: `take it out first with \`commctl host unjoin ${address} ${cluster}\``,
    details: { cluster },
  });
}

function notSuitable({ address, status }: StoredHost): AppError {
  return new AppError('host_not_suitable', `${address} cannot join a cluster while its status is "${status}"`, {
    hint:
      status === 'failed'
        ? `see why with \`commctl host get ${address}\`, and set it right`
        : `wait until \`commctl host status ${address}\` says disassociated or active`,
  });
}

function managerChanged(cluster: string, address: string): AppError {
  return new AppError('conflict', `the container manager of ${cluster} was changed while ${address} was registered`, {
    hint: 'try again',
  });
}
