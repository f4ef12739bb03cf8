import { hostRecords } from '../inventory/collections.ts';
import { naturalOrder } from '../lib/natural-order.ts';
import type { Store, StoredEvent } from '../store/contract.ts';
import {
  type Budget,
  type BudgetView,
  budgetRecords,
  type DownHost,
  type LeftDown,
  leftDownRecords,
} from './budget.ts';
import { hostsIn } from './share.ts';
import { looksAtState, parseTarget } from './targets/parse.ts';
import { resolveTarget } from './targets/resolve.ts';

/** A budget with the hosts of its target. */
interface Resolved {
  budget: Budget;
  hosts: ReadonlySet<string>;
  allowed: number;
  /** The hosts that are down. */
  down: Set<string>;
}

interface Known {
  budgets: Resolved[];
  /** Hosts with status `failed` in the inventory. */
  failed: Set<string>;
  /** Whether the status of a host decides if it is under a budget. */
  byStatus: boolean;
}

/**
 * Knows which hosts are down or may be at any moment, over all operations, and how many more may be taken down. A host
 * in an operation counts from before the operation works on it until its outcome. A host that was left unreachable or
 * unhealthy counts until an operation on it succeeds, also across restarts of the server.
 */
export class Disruptions implements Disposable {
  readonly #store: Store;
  readonly #subscription: Disposable;
  /** By address: the operation that has the host in flight. */
  readonly #taken = new Map<string, string>();
  readonly #left = new Map<string, LeftDown>();
  #leftRead = false;
  #known: Known | undefined;
  #reading: Promise<void> | undefined;
  #stale = true;
  #changed = Promise.withResolvers<void>();

  constructor(store: Store) {
    this.#store = store;
    this.#subscription = store.events.subscribe((event) => this.#hear(event));
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  /** Resolves at the next change that may let a host be taken. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /**
   * Takes the first host that all its budgets allow. When there is none, returns the budget that prevents it.
   *
   * @param candidates read at the moment of the decision; the result is undefined when there are none any more
   */
  async takeFirst(
    candidates: () => Iterable<string>,
    operation: string,
  ): Promise<{ address: string } | { full: BudgetView } | undefined> {
    let known = await this.#current();
    while (known !== this.#known) known = await this.#current();
    // No await from here on, so that two operations cannot both take the last host that a budget allows.
    const full = known.budgets.filter(({ down, allowed }) => down.size >= allowed);
    let inTheWay: Resolved | undefined;
    for (const address of candidates()) {
      // A host that is already down cannot be taken down.
      const hindering = full.find(({ hosts, down }) => hosts.has(address) && !down.has(address));
      inTheWay ??= hindering;
      if (hindering !== undefined) continue;
      this.#taken.set(address, operation);
      this.#recount(address);
      return { address };
    }
    return inTheWay && { full: this.#viewOf(inTheWay) };
  }

  /** Takes a host that was in flight before the server started, whatever the budgets say. */
  retake(address: string, operation: string): void {
    this.#taken.set(address, operation);
    this.#recount(address);
  }

  /** Changes nothing for a host that the operation has not taken. */
  giveBack(address: string, operation: string): void {
    if (this.#taken.get(address) !== operation) return;
    this.#taken.delete(address);
    this.#recount(address);
    this.#wake();
  }

  /** Whether an operation left the host unreachable or unhealthy. */
  async isLeftDown(address: string): Promise<boolean> {
    await this.#readLeft();
    return this.#left.has(address);
  }

  /** To be called once the change is on disk. */
  leave(address: string, left: LeftDown | null): void {
    if (left === null) this.#left.delete(address);
    else this.#left.set(address, left);
    this.#recount(address);
    this.#wake();
  }

  /** Every budget with its hosts that are down, sorted by name. */
  async views(): Promise<BudgetView[]> {
    return (await this.#current()).budgets.map((resolved) => this.#viewOf(resolved));
  }

  /** The budgets that cover some of the hosts, each with those hosts. */
  async over(addresses: readonly string[]): Promise<Array<{ view: BudgetView; under: string[] }>> {
    const { budgets } = await this.#current();
    const all = budgets.map((resolved) => ({
      view: this.#viewOf(resolved),
      under: addresses.filter((address) => resolved.hosts.has(address)),
    }));
    return all.filter(({ under }) => under.length > 0);
  }

  #hear({ type, action, key, data }: StoredEvent): void {
    if (type !== 'budget' && type !== 'host' && type !== 'cluster') return;
    // `leave` was called for such a host.
    if (type === 'host' && action === 'returned') return;
    // A read is running: it may or may not have seen this event.
    const known = this.#reading === undefined ? this.#known : undefined;
    if (type === 'host' && action === 'updated' && known?.byStatus === false) {
      if (data?.status === 'failed') known.failed.add(key);
      else known.failed.delete(key);
      this.#recount(key);
    } else {
      this.#stale = true;
    }
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #isDown(address: string, failed: ReadonlySet<string>): boolean {
    return this.#taken.has(address) || this.#left.has(address) || failed.has(address);
  }

  #recount(address: string): void {
    if (this.#known === undefined) return;
    const { budgets, failed } = this.#known;
    const isDown = this.#isDown(address, failed);
    for (const { hosts, down } of budgets) {
      if (isDown && hosts.has(address)) down.add(address);
      else down.delete(address);
    }
  }

  /**
   * The known state, read again when something has changed. A change during the read counts from the next read on: an
   * inventory that never stands still must not keep an operation waiting.
   */
  async #current(): Promise<Known> {
    for (;;) {
      if (this.#stale || this.#reading !== undefined) {
        this.#reading ??= this.#read().finally(() => {
          this.#reading = undefined;
        });
        await this.#reading;
      }
      if (this.#known !== undefined) return this.#known;
    }
  }

  async #read(): Promise<void> {
    this.#stale = false;
    try {
      await this.#readLeft();
      const budgets = await Array.fromAsync(this.#store.list(budgetRecords), ({ value }) => value);
      const failed = new Set<string>();
      // Without a budget no code uses this set.
      if (budgets.length > 0) {
        for await (const { value } of this.#store.list(hostRecords))
          if (value.status === 'failed') failed.add(value.address);
      }
      const targets = budgets.map(({ target }) => parseTarget(target));
      const hosts = await Promise.all(targets.map((target) => resolveTarget(this.#store, target, 'passed_over')));
      const resolved = budgets.map((budget, index): Resolved => {
        const all = new Set(hosts[index]);
        const down = new Set([...all].filter((address) => this.#isDown(address, failed)));
        return { budget, hosts: all, allowed: hostsIn(budget.max_down, all.size), down };
      });
      this.#known = { budgets: resolved, failed, byStatus: targets.some(looksAtState) };
    } catch (error) {
      this.#stale = true;
      throw error;
    }
  }

  async #readLeft(): Promise<void> {
    if (this.#leftRead) return;
    const left = await Array.fromAsync(this.#store.list(leftDownRecords));
    // Another call may have finished first, and the state may have changed since.
    if (this.#leftRead) return;
    for (const { key, value } of left) this.#left.set(key, value);
    this.#leftRead = true;
  }

  #viewOf({ budget, hosts, allowed, down }: Resolved): BudgetView {
    const shown = [...down].toSorted(naturalOrder).map((address): DownHost => {
      const operation = this.#taken.get(address);
      if (operation !== undefined) return { address, why: 'taken', operation };
      return { address, ...(this.#left.get(address) ?? { why: 'failed', operation: null }) };
    });
    return { ...budget, hosts: hosts.size, allowed, down: shown };
  }
}
