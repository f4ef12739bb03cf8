import type { NodeStatus } from '../container-managers/contract.ts';
import { forEachAtMost } from '../lib/at-most.ts';
import { BackOff } from '../lib/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { Turns } from '../lib/turns.ts';
import type { Leases, OwnLease, Store, Transaction } from '../store/contract.ts';
import { type NodeOf, unsettledNodes } from './collections.ts';
import type { ContainerManagers } from './container-managers.ts';
import { managerOf } from './membership.ts';
import { clearMark, isMarked, markUnsettled } from './node-marks.ts';

export interface NodesOptions {
  store: Store;
  /** Of several servers one settles. */
  leases: Leases;
  managers: ContainerManagers;
  clock: Clock;
  logger: Logger;
  /** Milliseconds before what could not be settled is tried again; doubled each time up to ten minutes. */
  firstPause: number;
}

export interface NodeChange extends NodeOf {
  to: 'registered' | 'removed';
}

/** Calls to a manager at the same time. */
const atOnce = 10;
const longestPause = 600_000;

/**
 * Hosts as nodes of container managers. A manager cannot be part of a transaction, so a node is marked on disk before it
 * is touched, and the mark goes with the membership that makes it right. What is left marked, because a manager or this
 * server failed in between, is made to be as the membership says: now and then until that works, also by the next server.
 */
export class Nodes implements AsyncDisposable {
  readonly #options: NodesOptions;
  readonly #turns = new Turns();
  readonly #stopping = new AbortController();
  #subscription: Disposable | undefined;
  #settling: Promise<void> | undefined;
  #lease: OwnLease | undefined;
  #wanted = false;
  /** Ends the pause before another attempt. */
  #wake = () => {};

  constructor(options: NodesOptions) {
    this.#options = options;
  }

  /** Settles what an earlier server left, and from now on what others leave. */
  begin(): void {
    this.#subscription = this.#options.store.events.subscribe(({ type }) => {
      if (type === 'cluster') this.#settleSoon();
    });
    this.#settleSoon();
  }

  /** Lets go of all calls. What they were about is settled by the next server. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription?.[Symbol.dispose]();
    this.#stopping.abort(new AppError('shutting_down', 'the server is stopping'));
    await this.#settling;
    await this.#disown();
  }

  /**
   * Makes the changes, then the commit that goes with them. When either fails nothing is committed, and what was changed
   * is changed back.
   *
   * @throws AppError `container_manager_failed`; what the commit throws; the reason of the signal
   */
  async change<R>(
    changes: readonly NodeChange[],
    commit: (tx: Transaction) => Promise<R>,
    signal?: AbortSignal,
  ): Promise<R> {
    const { store } = this.#options;
    if (changes.length === 0) return store.transact(commit);
    const both = this.#until(signal);
    using _turn = await this.#turns.take(changes.map(turnOf), both);
    const needed = await this.#needed(changes, both);
    if (needed.length > 0) {
      await store.transact(async (tx) => {
        for (const { manager, address } of needed) markUnsettled(tx, { manager, address });
      });
    }
    try {
      await forEachAtMost(atOnce, needed, (change) => this.#make(change, both));
      return await store.transact(async (tx) => {
        const result = await commit(tx);
        for (const change of changes) await clearMark(tx, change);
        return result;
      }, 'journal');
    } catch (error) {
      this.#settleSoon();
      throw error;
    }
  }

  /** What the container manager of the host's cluster says of it; nothing when there is none, or when it fails. */
  async status(address: string): Promise<NodeStatus> {
    const { store, managers, logger } = this.#options;
    const name = await managerOf(store, address);
    if (name === undefined) return {};
    try {
      return await (await managers.manager(name)).status(address, this.#stopping.signal);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      logger.warn({ host: address, container_manager: name, error: describeError(error) }, 'no node status');
      return {};
    }
  }

  /**
   * Why the host, as a node, cannot take work; undefined when it can.
   *
   * @throws AppError `container_manager_failed`; `gate_failed` when it is a node of nothing; the reason of the signal
   */
  async unready(address: string, signal: AbortSignal): Promise<string | undefined> {
    const { store, managers } = this.#options;
    const name = await managerOf(store, address);
    if (name === undefined) throw new AppError('gate_failed', 'it is in no cluster that has a container manager');
    return (await managers.manager(name)).unready(address, this.#until(signal));
  }

  /** Without the nodes that are registered already. They were before us, and stay when we have to go back. */
  async #needed(changes: readonly NodeChange[], signal: AbortSignal): Promise<NodeChange[]> {
    const needed = new Set(changes);
    await forEachAtMost(atOnce, changes, async (change) => {
      const manager = await this.#options.managers.manager(change.manager);
      if (change.to === 'registered' && (await manager.isRegistered(change.address, signal))) needed.delete(change);
    });
    return [...needed];
  }

  async #make({ manager: name, address, to }: NodeChange, signal: AbortSignal): Promise<void> {
    const manager = await this.#options.managers.manager(name);
    await (to === 'registered' ? manager.register(address, signal) : manager.remove(address, signal));
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#stopping.signal : AbortSignal.any([signal, this.#stopping.signal]);
  }

  #settleSoon(): void {
    this.#wanted = true;
    this.#wake();
    if (this.#stopping.signal.aborted) return;
    this.#settling ??= this.#settleAll().catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      this.#options.logger.error({ error: describeError(error) }, 'cannot settle the nodes of container managers');
    });
  }

  /** Until nothing is left that could be settled. */
  async #settleAll(): Promise<void> {
    try {
      await this.#settleWanted();
    } finally {
      // In the same tick as the last check of what is wanted, so that no finished worker counts as a running one.
      this.#settling = undefined;
    }
  }

  async #settleWanted(): Promise<void> {
    const { store, firstPause } = this.#options;
    const pauses = new BackOff({ first: firstPause, longest: longestPause });
    while (this.#wanted) {
      this.#wanted = false;
      const lease = await this.#own();
      const marked = await Array.fromAsync(store.list(unsettledNodes), ({ value }) => value);
      let left = 0;
      await forEachAtMost(atOnce, marked, async (node) => {
        if (!(await this.#settle(node, lease))) left += 1;
      });
      if (left === 0) continue;
      await this.#pause(pauses.next());
      this.#wanted = true;
    }
  }

  /** Once this server settles it goes on with that: what fails is settled before the next one may come to it. */
  async #own(): Promise<OwnLease> {
    this.#lease ??= await this.#options.leases.take('nodes', this.#stopping.signal);
    return this.#lease;
  }

  async #disown(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.[Symbol.asyncDispose]();
  }

  /** Ends early when something new is to be settled. */
  async #pause(ms: number): Promise<void> {
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    const { signal } = this.#stopping;
    await this.#options.clock.sleep(ms, AbortSignal.any([signal, waking.signal])).catch(() => signal.throwIfAborted());
  }

  /** False when the manager failed. */
  async #settle(node: NodeOf, lease: OwnLease): Promise<boolean> {
    const { store, managers, logger } = this.#options;
    const { signal } = this.#stopping;
    using _turn = await this.#turns.take([turnOf(node)], signal);
    // It may have been settled while we waited for our turn.
    if (!(await isMarked(store, node))) return true;
    try {
      if (await managers.has(node.manager)) {
        const isMember = (await managerOf(store, node.address)) === node.manager;
        await this.#make({ ...node, to: isMember ? 'registered' : 'removed' }, signal);
      }
      await store.transact(async (tx) => {
        await lease.fence(tx);
        await clearMark(tx, node);
      }, 'journal');
      return true;
    } catch (error) {
      signal.throwIfAborted();
      // It may have been taken over.
      if (error instanceof AppError && error.code === 'conflict') await this.#disown();
      const { manager: container_manager, address: host } = node;
      logger.warn({ container_manager, host, error: describeError(error) }, 'a node is not settled yet');
      return false;
    }
  }
}

function turnOf({ manager, address }: NodeOf): string {
  return `${manager}/${address}`;
}
