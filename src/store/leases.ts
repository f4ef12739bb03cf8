import { AppError } from '../lib/errors.ts';
import { Turns } from '../lib/turns.ts';
import { type Leases, logRecords, type OwnLease, type Store, type Transaction } from './contract.ts';

/** By name: how often the lease was taken. */
export const leaseRecords = logRecords<{ epoch: number }>('leases');

/**
 * Leases of a store that only one process can open, as with LMDB. Only this process asks for a lease, so a lease is
 * free as soon as no owner here has it, and a process that ended has none.
 */
export class ProcessLeases implements Leases {
  readonly #store: Store;
  readonly #turns = new Turns();

  constructor(store: Store) {
    this.#store = store;
  }

  async take(name: string, signal?: AbortSignal): Promise<OwnLease> {
    const turn = await this.#turns.take([name], signal);
    try {
      const epoch = await this.#store.transact(async (tx) => {
        const next = ((await tx.get(leaseRecords, name))?.value.epoch ?? 0) + 1;
        tx.put(leaseRecords, name, { epoch: next });
        return next;
      }, 'journal');
      return new ProcessLease(name, epoch, turn);
    } catch (error) {
      turn[Symbol.dispose]();
      throw error;
    }
  }
}

class ProcessLease implements OwnLease {
  readonly name: string;
  readonly epoch: number;
  readonly #turn: Disposable;

  constructor(name: string, epoch: number, turn: Disposable) {
    this.name = name;
    this.epoch = epoch;
    this.#turn = turn;
  }

  async fence(tx: Transaction): Promise<void> {
    if ((await tx.get(leaseRecords, this.name))?.value.epoch === this.epoch) return;
    throw new AppError('conflict', `another server has taken ${this.name} over`, {
      hint: 'nothing is to be done: what was not written here is done there',
    });
  }

  forget(tx: Transaction): void {
    tx.delete(leaseRecords, this.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#turn[Symbol.dispose]();
  }
}
