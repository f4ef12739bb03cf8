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
  /** Only one server at a time settles nodes. */
  leases: Leases;
  managers: ContainerManagers;
  clock: Clock;
  logger: Logger;
  /** Milliseconds before a failed node is tried again; doubled each time up to ten minutes. */
  firstPause: number;
}

export interface NodeChange extends NodeOf {
  to: 'registered' | 'removed';
}

/** The most calls to managers at once. */
const atOnce = 10;
const longestPause = 600_000;

/**
 * Hosts as nodes of container managers. A manager cannot be part of a transaction, so this class marks a node on disk
 * before changing it, and removes the mark in the transaction that changes the membership. A mark stays when a manager
 * or this server fails in between. This server, or the next one, then settles the node: it repeats the call that the
 * membership requires until that succeeds.
 */
export class Nodes implements AsyncDisposable {
  readonly #options: NodesOptions;
  readonly #turns = new Turns();
  readonly #stopping = new AbortController();
  #subscription: Disposable | undefined;
  #settling: Promise<void> | undefined;
  #lease: OwnLease | undefined;
  #wanted = false;
  /** Ends the pause before the next attempt. */
  #wake = () => {};

  constructor(options: NodesOptions) {
    this.#options = options;
  }

  /** Settles the nodes that an earlier server left marked, and from now on those that fail. */
  begin(): void {
    this.#subscription = this.#options.store.events.subscribe(({ type }) => {
      if (type === 'cluster') this.#settleSoon();
    });
    this.#settleSoon();
  }

  /** Ends all calls. The next server settles their nodes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription?.[Symbol.dispose]();
    this.#stopping.abort(new AppError('shutting_down', 'the server is stopping'));
    await this.#settling;
    await this.#disown();
  }

  /**
   * Changes the nodes, then runs the transaction. When either fails nothing is committed, and the changed nodes are
   * changed back.
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

  /**
   * What the container manager of the host's cluster reports of the node; empty when there is no manager, or when it
   * fails.
   */
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
   * Why the node of a host cannot take work; undefined when it can.
   *
   * @throws AppError `container_manager_failed`; `gate_failed` when no container manager has the host; the reason of
   *   the signal
   */
  async unready(address: string, signal: AbortSignal): Promise<string | undefined> {
    const { store, managers } = this.#options;
    const name = await managerOf(store, address);
    if (name === undefined) throw new AppError('gate_failed', 'it is in no cluster that has a container manager');
    return (await managers.manager(name)).unready(address, this.#until(signal));
  }

  /** Leaves out nodes that are already registered: a failed change must not remove them. */
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

  /** Runs until no mark is left that can be settled. */
  async #settleAll(): Promise<void> {
    try {
      await this.#settleWanted();
    } finally {
      // In the same tick as the last check of `#wanted`, so that an ended worker does not count as a running one.
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

  /** Keeps the lease once it has it, so that this server settles its failed nodes before another server can. */
  async #own(): Promise<OwnLease> {
    this.#lease ??= await this.#options.leases.take('nodes', this.#stopping.signal);
    return this.#lease;
  }

  async #disown(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.[Symbol.asyncDispose]();
  }

  /** Ends early when another node needs settling. */
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
    // Another change may have settled it during the wait.
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
      // Another server may have taken the lease.
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
