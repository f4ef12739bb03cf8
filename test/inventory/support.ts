import { Clusters } from '../../src/inventory/clusters.ts';
import { ContainerManagers } from '../../src/inventory/container-managers.ts';
import { Networks } from '../../src/inventory/networks.ts';
import { Nodes } from '../../src/inventory/nodes.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import type { Store, Transaction } from '../../src/store/contract.ts';
import type { Purpose } from '../../src/store/disk-space.ts';
import { FaultyStore, RecordingLogger } from '../operations/support.ts';

/** The nouns of the inventory over a store, as the server builds them. No container manager is ever reached. */
export function inventoryOn(store: Store) {
  const logger = new RecordingLogger();
  const managers = new ContainerManagers(store, { logger, deadlineMs: 1_000 });
  const nodes = new Nodes({ store, managers, clock, logger, firstPause: 1_000 });
  return { managers, networks: new Networks(store), clusters: new Clusters(store, nodes) };
}

/** A store on which somebody else is done between the work of a transaction and its commit, so many times. */
export class OvertakenStore extends FaultyStore {
  readonly #other: () => Promise<unknown>;
  #times: number;

  constructor(store: Store, other: () => Promise<unknown>, times = 1) {
    super(store);
    this.#other = other;
    this.#times = times;
  }

  override transact<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<R> {
    return super.transact(async (tx) => {
      const result = await work(tx);
      this.#times -= 1;
      if (this.#times >= 0) await this.#other();
      return result;
    }, purpose);
  }
}
