import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../lib/errors.ts';
import type { Selected, Selection } from '../lib/selection.ts';
import type { CachingStore } from '../store/cached.ts';
import type { Entry, Transaction } from '../store/contract.ts';
import { always } from '../store/precondition.ts';
import { selectRecords } from '../store/select-records.ts';
import { clusterRecords, networkRecords } from './collections.ts';
import { described } from './described.ts';
import { inUse } from './in-use.ts';
import type { Network } from './network.ts';

export const defaultNetwork: Network = { name: 'default', type: 'flannel_etcd', options: {} };

/** Overlay network configurations. */
export class Networks {
  readonly #store: CachingStore;

  constructor(store: CachingStore) {
    this.#store = store;
  }

  async select(selection: Selection): Promise<Selected<Network>> {
    return selectRecords(this.#store, networkRecords, selection, (network) => network);
  }

  /** The revision of the last change to the networks. */
  revision(): Promise<number> {
    return this.#store.revisionOf(networkRecords);
  }

  /** The network with its revision. @throws AppError `network_not_found` */
  async entry(name: string): Promise<Entry<Network>> {
    const network = await this.#store.get(networkRecords, name);
    if (network !== undefined) return network;
    throw new AppError('network_not_found', `there is no network ${name}`, {
      hint: 'list the networks with `commctl network list`',
    });
  }

  /**
   * Creates it. Repeating the request changes nothing (contract N3).
   *
   * @param network the record that is requested; for an existing network `invalid_member` is a difference
   * @throws AppError `network_differs`, and for a new network what `network` throws
   */
  async put(name: string, network: () => Omit<Network, 'name'>, check = always): Promise<Network> {
    return this.#store.transact(async (tx) => {
      const stored = await tx.get(networkRecords, name);
      check(stored?.revision);
      const existing = stored?.value;
      if (existing === undefined) return create(tx, { ...network(), name });
      if (
        isDeepStrictEqual(
          existing,
          described(() => ({ ...network(), name })),
        )
      )
        return existing;
      throw new AppError('network_differs', `the network ${name} exists already, and is another one`, {
        hint: `delete it first with \`commctl network delete ${name}\`, or take another name`,
      });
    });
  }

  /** Stores a record unchanged, to import an inventory; clusters that name the network keep it. */
  async importRecord(network: Network, check = always): Promise<Network> {
    return this.#store.transact(async (tx) => {
      check((await tx.get(networkRecords, network.name))?.revision);
      tx.put(networkRecords, network.name, network);
      tx.emit({ type: 'network', action: 'imported', key: network.name });
      return network;
    });
  }

  /** Succeeds when there is no such network. @throws AppError `in_use` while a cluster names it */
  async delete(name: string, check = always): Promise<void> {
    await this.#store.transact(async (tx) => {
      const stored = await tx.get(networkRecords, name);
      check(stored?.revision);
      if (stored === undefined) return;
      for await (const { value } of tx.list(clusterRecords)) {
        if (value.network === name) throw inUse(`the network ${name}`, value.name, 'network');
      }
      tx.delete(networkRecords, name);
      tx.emit({ type: 'network', action: 'deleted', key: name });
    });
  }
}

/** Makes sure that the default network exists (contract 2.4). */
export async function seedNetworks(store: CachingStore): Promise<void> {
  await store.transact(seed);
}

/** The network of a new cluster: the requested one, or the default when that does not exist (contract C3). */
export async function networkFor(tx: Transaction, wanted: string): Promise<string> {
  if ((await tx.get(networkRecords, wanted)) !== undefined) return wanted;
  await seed(tx);
  return defaultNetwork.name;
}

/**
 * Checks that the network for an existing cluster exists; the default network always does.
 *
 * @throws AppError `network_unknown`
 */
export async function checkNetwork(tx: Transaction, wanted: string): Promise<void> {
  if ((await networkFor(tx, wanted)) === wanted) return;
  throw new AppError('network_unknown', `there is no network ${wanted}`, {
    hint: `create it first with \`commctl network create ${wanted}\``,
  });
}

async function seed(tx: Transaction): Promise<void> {
  if ((await tx.get(networkRecords, defaultNetwork.name)) === undefined) create(tx, defaultNetwork);
}

function create(tx: Transaction, network: Network): Network {
  tx.put(networkRecords, network.name, network);
  tx.emit({ type: 'network', action: 'created', key: network.name });
  return network;
}
