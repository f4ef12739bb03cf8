import { abortable } from '../lib/abortable.ts';
import { Pace } from '../lib/pace.ts';
import type { Store } from '../store/contract.ts';
import { type Limits, roomForPage } from '../store/limits.ts';
import type { OperationState } from './fold.ts';
import { clusterLocksOf, giveBack, type Held, heldAmong, hostLocksOf, pagesOfLocks } from './locks.ts';
import type { Obstacle } from './obstacle.ts';
import { preparingRecords, undoStart } from './preparing.ts';
import { findOperation, lockRecords, readOperation } from './records.ts';

interface TakingOptions {
  store: Store;
  bound: Limits;
  /** Fires when the server stops. */
  stopping: AbortSignal;
}

/**
 * How operations take their locks: by pages, all or none, every operation in the same order (a cluster, then hosts by
 * address). An operation may release locks again while it takes them; another operation that needs one waits until that
 * is settled. No operation waits for a lock that comes before one it has, so at least one of them never waits.
 */
export class Taking {
  readonly #options: TakingOptions;
  /** Operations that have not settled yet whether they keep their locks. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(options: TakingOptions) {
    this.#options = options;
  }

  get store(): Store {
    return this.#options.store;
  }

  /** The bound of a transaction. */
  get bound(): Limits {
    return this.#options.bound;
  }

  /**
   * Runs work that takes locks for an operation, or undoes that; operations that need one of its locks wait for its
   * end.
   */
  async during<R>(id: string, work: () => Promise<R>): Promise<R> {
    const done = work();
    const settled = done.catch(() => undefined);
    this.#underWay.set(id, settled);
    try {
      return await done;
    } finally {
      if (this.#underWay.get(id) === settled) this.#underWay.delete(id);
    }
  }

  /** Resolves when no operation is taking locks. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  /**
   * Waits until it is settled whether the operation keeps its locks, and undoes a start that no server continues. False
   * when it was settled before.
   *
   * @throws the reason of the signal when the server stops; what a commit throws
   */
  async settled(id: string): Promise<boolean> {
    const { store, bound, stopping } = this.#options;
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) {
      await abortable(underWay, stopping);
      return true;
    }
    if ((await store.get(preparingRecords, id)) === undefined) return false;
    if (!this.#underWay.has(id)) await this.during(id, () => undoStart(store, bound, id));
    return true;
  }

  /**
   * The obstacle of a lock that another operation has. Undefined when the lock must be checked again: it may have
   * changed meanwhile.
   */
  async obstacleAt({ lock, operation: id }: Held, self: string): Promise<Obstacle | undefined> {
    if (await this.settled(id)) return undefined;
    const { store } = this.#options;
    const operation = await findOperation(store, id);
    const isHeld = (await heldAmong(store, [lock], self))?.operation === id;
    if (!isHeld || this.#underWay.has(id)) return undefined;
    const { number, kind } = operation ?? (await readOperation(store, id));
    return { lock, operation: id, number, kind };
  }

  /**
   * Takes every lock or none, so that one of two operations that need the same machines gets them all.
   *
   * @returns the obstacle, or undefined when the operation has the locks now
   */
  take(state: OperationState): Promise<Obstacle | undefined> {
    const { id } = state.operation;
    const hosts = hostLocksOf(state);
    return this.during(id, async () => {
      for (const page of pagesOfLocks([...clusterLocksOf(state), ...hosts], roomForPage(this.store, this.bound))) {
        const obstacle = await this.#takePage(page, id);
        if (obstacle === undefined) continue;
        await this.giveBack(hosts, id);
        return obstacle;
      }
      return undefined;
    });
  }

  /** Releases, by pages, those of the locks that the operation has. @throws what a commit throws */
  async giveBack(locks: readonly string[], id: string): Promise<void> {
    const { store, bound } = this.#options;
    for (const page of pagesOfLocks(locks, roomForPage(store, bound))) {
      await store.transact((tx) => giveBack(tx, page, id), 'journal');
    }
  }

  /** Releases the host locks of an operation that does not have all of them: an earlier server was taking them. */
  async giveBackPart(state: OperationState): Promise<void> {
    const { id } = state.operation;
    const locks = hostLocksOf(state);
    let has = 0;
    const pace = new Pace();
    for (const lock of locks) {
      if (pace.isDue) await pace.rest();
      if ((await this.#options.store.get(lockRecords, lock))?.value.operation === id) has += 1;
    }
    if (has > 0 && has < locks.length) await this.giveBack(locks, id);
  }

  async #takePage(page: readonly string[], id: string): Promise<Obstacle | undefined> {
    for (;;) {
      const held = await this.#options.store.transact(async (tx) => {
        const held = await heldAmong(tx, page, id);
        if (held !== undefined) return held;
        for (const lock of page) {
          if ((await tx.get(lockRecords, lock)) === undefined) tx.put(lockRecords, lock, { operation: id });
        }
        return undefined;
      }, 'journal');
      if (held === undefined) return undefined;
      const obstacle = await this.obstacleAt(held, id);
      if (obstacle !== undefined) return obstacle;
    }
  }
}
