import { isDeepStrictEqual } from 'node:util';
import type { ContainerManagerRecord } from '../inventory/container-manager.ts';
import type { Network } from '../inventory/network.ts';
import { defaultNetwork } from '../inventory/networks.ts';
import { forEachAtMost } from '../lib/at-most.ts';
import { compareCluster } from './compare-cluster.ts';
import type { Inventory, LoginComparison, PresentRecords } from './inventory.ts';
import type { Noted, Wanted, WantedCluster, WantedHost, WantedKind } from './wanted.ts';

/** What is done about records that differ from those that are there. */
export type OnConflict = 'refuse' | 'overwrite' | 'skip';

/**
 * What the import does about one record. `complete` gives a host that is there the login that it has not; `conflict`
 * stops the whole import before it begins.
 */
export type Action = 'create' | 'overwrite' | 'complete' | 'none' | 'skip' | 'conflict' | 'leave_out';

export interface PlanItem {
  readonly kind: WantedKind;
  readonly name: string;
  readonly action: Action;
  /** What differs, why it is left out, and what a person should know. */
  readonly notes: readonly string[];
  /**
   * Does it. Left out where nothing is to be done.
   *
   * @param refused the addresses of hosts that the server has refused: a cluster is written without them
   */
  readonly run?: (refused: ReadonlySet<string>) => Promise<void>;
}

/**
 * Compares what is wanted with what is there. The items are in the order in which they must be done: a cluster comes
 * after its hosts, and gets all of its members in one transaction, so that an interrupted import can be run again.
 */
export async function makePlan(
  wanted: Wanted,
  inventory: Inventory,
  present: PresentRecords,
  onConflict: OnConflict,
): Promise<PlanItem[]> {
  const planner = new Planner({ inventory, present, onConflict });
  const items: PlanItem[] = [];
  for (const network of wanted.networks) items.push(planner.network(network));
  for (const manager of wanted.managers) items.push(await planner.manager(manager));
  const joining = clusterOfHosts(wanted.clusters, present);
  const logins = await comparedLogins(wanted.hosts, inventory, present);
  for (const host of wanted.hosts) {
    const { address } = host.record;
    items.push(planner.host(host, { cluster: joining.get(address), comparison: logins.get(address) }));
  }
  for (const cluster of wanted.clusters) items.push(planner.cluster(cluster));
  const leftOut = wanted.leftOut.map(
    ({ kind, name, reason }): PlanItem => ({ kind, name, action: 'leave_out', notes: [reason] }),
  );
  return [...items, ...leftOut];
}

/** The cluster of each wanted host, where the cluster is there already: the host then joins it when it is created. */
function clusterOfHosts(clusters: readonly Noted<WantedCluster>[], { clusters: present }: PresentRecords) {
  const found = new Map<string, string>();
  for (const { record } of clusters) {
    if (present.has(record.name)) for (const address of record.hostset) found.set(address, record.name);
  }
  return found;
}

/** How many hosts are compared at a time. */
const atOnce = 32;

/** How the logins of the hosts that are there already compare. */
async function comparedLogins(
  hosts: readonly Noted<WantedHost>[],
  inventory: Inventory,
  present: PresentRecords,
): Promise<ReadonlyMap<string, LoginComparison>> {
  const compared = new Map<string, LoginComparison>();
  await forEachAtMost(atOnce, hosts, async ({ record: { address, login } }) => {
    if (login === undefined || !present.hosts.has(address)) return;
    compared.set(address, await inventory.compareLogin(address, login));
  });
  return compared;
}

interface HostSituation {
  /** The existing cluster that the host joins when it is created. */
  readonly cluster: string | undefined;
  /** Undefined for a host that is not there, or has no login in the original. */
  readonly comparison: LoginComparison | undefined;
}

interface Situation {
  readonly inventory: Inventory;
  readonly present: PresentRecords;
  readonly onConflict: OnConflict;
}

class Planner {
  readonly #inventory: Inventory;
  readonly #present: PresentRecords;
  readonly #onConflict: OnConflict;

  constructor({ inventory, present, onConflict }: Situation) {
    this.#inventory = inventory;
    this.#present = present;
    this.#onConflict = onConflict;
  }

  network({ record, notes }: Noted<Network>): PlanItem {
    const about = { kind: 'network' as const, name: record.name };
    const there = this.#present.networks.get(record.name);
    const put = () => this.#inventory.putNetwork(record);
    // The server made its default network itself: nobody asked for it, so it may be replaced.
    if (there === undefined) return { ...about, action: 'create', notes, run: put };
    if (isDeepStrictEqual(there, record)) return { ...about, action: 'none', notes: [] };
    if (isDeepStrictEqual(there, defaultNetwork)) return { ...about, action: 'overwrite', notes, run: put };
    return this.#conflict({ ...about, notes: [...notes, differenceOf(record, there)], run: put });
  }

  async manager({ record, notes }: Noted<ContainerManagerRecord>): Promise<PlanItem> {
    const about = { kind: 'container_manager' as const, name: record.name };
    if (!this.#present.managers.has(record.name)) {
      return { ...about, action: 'create', notes, run: () => this.#inventory.createManager(record) };
    }
    if (await this.#inventory.hasSameManager(record)) return { ...about, action: 'none', notes: [] };
    const run = () => this.#inventory.replaceManager(record);
    return this.#conflict({ ...about, notes: [...notes, 'its type or its options differ'], run });
  }

  host({ record, notes }: Noted<WantedHost>, { cluster, comparison }: HostSituation): PlanItem {
    const { address, login } = record;
    const about = { kind: 'host' as const, name: address };
    if (!this.#present.hosts.has(address)) {
      return { ...about, action: 'create', notes, run: () => this.#inventory.createHost(record, cluster) };
    }
    if (login === undefined) return { ...about, action: 'none', notes };
    if (comparison === 'same') return { ...about, action: 'none', notes: [] };
    const run = () => this.#inventory.replaceLogin(address, login);
    if (comparison === 'missing') return { ...about, action: 'complete', notes: ['it is there without a key'], run };
    return this.#conflict({ ...about, notes: ['its key or its user differs'], run });
  }

  cluster({ record, notes }: Noted<WantedCluster>): PlanItem {
    const about = { kind: 'cluster' as const, name: record.name };
    const there = this.#present.clusters.get(record.name);
    if (there === undefined) {
      return {
        ...about,
        action: 'create',
        notes,
        run: (refused) => this.#inventory.createCluster(without(record, refused)),
      };
    }
    const differences = compareCluster(record, there, this.#present.hosts);
    if (differences.length === 0) return { ...about, action: 'none', notes };
    const run = (refused: ReadonlySet<string>) => this.#inventory.replaceCluster(without(record, refused));
    return this.#conflict({ ...about, notes: [...notes, ...differences], run });
  }

  /** What the choice of the caller makes of a record that differs. */
  #conflict(item: Omit<PlanItem, 'action'>): PlanItem {
    if (this.#onConflict === 'overwrite') return { ...item, action: 'overwrite' };
    const { run: _, ...rest } = item;
    return { ...rest, action: this.#onConflict === 'skip' ? 'skip' : 'conflict' };
  }
}

function differenceOf(wanted: Network, there: Network): string {
  const shown = ({ type, options }: Network) => `${type} ${JSON.stringify(options)}`;
  return `here it is ${shown(there)}, there ${shown(wanted)}`;
}

function without(cluster: WantedCluster, refused: ReadonlySet<string>): WantedCluster {
  return { ...cluster, hostset: cluster.hostset.filter((address) => !refused.has(address)) };
}
