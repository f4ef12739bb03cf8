import type { CachingStore } from '../../src/store/cached.ts';
import type { Committed, Transaction } from '../../src/store/contract.ts';
import type { Purpose } from '../../src/store/disk-space.ts';
import { FaultyStore } from '../operations/support.ts';

/** A store on which somebody else is done between the work of a transaction and its commit, so many times. */
export class OvertakenStore extends FaultyStore {
  readonly #other: () => Promise<unknown>;
  #times: number;

  constructor(store: CachingStore, other: () => Promise<unknown>, times = 1) {
    super(store);
    this.#other = other;
    this.#times = times;
  }

  override commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>> {
    return super.commit(async (tx) => {
      const result = await work(tx);
      this.#times -= 1;
      if (this.#times >= 0) await this.#other();
      return result;
    }, purpose);
  }
}
