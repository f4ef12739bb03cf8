import type { Committed, Transaction } from './contract.ts';
import type { Purpose } from './disk-space.ts';

/** What every implementation of the store adds to its `commit`. */
export abstract class Committing {
  abstract commit<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>>;

  async transact<R>(work: (transaction: Transaction) => Promise<R>, purpose?: Purpose): Promise<R> {
    const { result } = await this.commit(work, purpose);
    return result;
  }
}
