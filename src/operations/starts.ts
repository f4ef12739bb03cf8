import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Store, Transaction } from '../store/contract.ts';
import type { Limits } from '../store/limits.ts';
import { type HostResolver, type LookingAt, lookAt } from './look.ts';
import type { Numbers } from './numbers.ts';
import { Outdated, Preparation } from './preparation.ts';
import { preparingRecords, undoStart } from './preparing.ts';
import type { Started, StartRequest } from './start.ts';
import type { Taking } from './taking.ts';

export interface StartsOptions extends LookingAt {
  store: Store;
  clock: Clock;
  logger: Logger;
  bound: Limits;
  taking: Taking;
  numbers: Numbers;
  /** Fires when the server stops. */
  stopping: AbortSignal;
}

/** How often a target may change while its operation is started. */
const mostLooks = 64;

/** Starts operations completely or not at all. */
export class Starts {
  readonly #options: StartsOptions;

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /**
   * Stores a new operation with everything that any server needs to run it. When the same kind with the same parameters
   * is already running on the same target, the result is that operation, not a new one.
   *
   * @param hold the kind's function, called in the last transaction
   * @throws AppError `forbidden`, `operation_running` when another one has the cluster, or a machine that the request
   *   does not wait for; `invalid_member` for an invalid strategy; `conflict`; what `resolveHosts` and `hold` throw
   */
  async start(
    id: string,
    request: StartRequest,
    resolveHosts: HostResolver,
    hold: (tx: Transaction) => Promise<void>,
  ): Promise<Started> {
    const { store, taking } = this.#options;
    for (let looks = 0; looks < mostLooks; looks += 1) {
      const look = await lookAt(store, { ...this.#options, id }, request, resolveHosts);
      const preparation = new Preparation({ ...this.#options, id, request, look, hold });
      try {
        return await taking.during(id, () => this.#wholly(id, preparation));
      } catch (error) {
        if (!(error instanceof Outdated)) throw error;
      }
    }
    throw new AppError('conflict', 'the target kept changing while the operation was started', { hint: 'try again' });
  }

  /**
   * Undoes starts that an earlier server did not complete. To be called before any operation is started. @throws what a
   * commit throws
   */
  async undoAll(): Promise<void> {
    const { store, bound } = this.#options;
    for (const { key } of await Array.fromAsync(store.list(preparingRecords))) await undoStart(store, bound, key);
  }

  /**
   * When a server stops or cannot write, the next server, or an operation that needs the locks, undoes the rest of the
   * start.
   */
  async #wholly(id: string, preparation: Preparation): Promise<Started> {
    const { store, bound, stopping, logger } = this.#options;
    try {
      return await preparation.run();
    } catch (error) {
      if (!preparation.isSplit || stopping.aborted) throw error;
      await undoStart(store, bound, id).catch((failure: unknown) => {
        logger.error({ operation: id, error: describeError(failure) }, 'the start of the operation is not undone yet');
      });
      throw error;
    }
  }
}
