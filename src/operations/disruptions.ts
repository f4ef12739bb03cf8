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

/** A budget with the hosts it is about. */
interface Resolved {
  budget: Budget;
  hosts: ReadonlySet<string>;
  allowed: number;
  /** Those of the hosts that are down. */
  down: Set<string>;
}

interface Known {
  budgets: Resolved[];
  /** Hosts that the inventory has as failed. */
  failed: Set<string>;
  /** Whether a host may come under a budget, or leave it, by its status. */
  byStatus: boolean;
}

/**
 * Which hosts are down or may be so at any moment, over all operations, and how many more may be taken down. A host an
 * operation is at counts from before it is touched to its outcome; one that was left out of reach or unhealthy counts on
 * until an operation on it succeeds, over restarts of the server too.
 */
export class Disruptions implements Disposable {
  readonly #store: Store;
  readonly #subscription: Disposable;
  /** By address: the operation that is at it. */
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
   * Takes the first of the hosts that every budget it is under allows; when none is, says which budget is in the way.
   *
   * @param candidates asked in the moment of the decision; undefined comes of it when there are none any more
   */
  async takeFirst(
    candidates: () => Iterable<string>,
    operation: string,
  ): Promise<{ address: string } | { full: BudgetView } | undefined> {
    let known = await this.#current();
    while (known !== this.#known) known = await this.#current();
    // Nothing is awaited from here on, so that two operations cannot both take the last host a budget allows.
    const full = known.budgets.filter(({ down, allowed }) => down.size >= allowed);
    let inTheWay: Resolved | undefined;
    for (const address of candidates()) {
      // One that is down already cannot be taken down.
      const hindering = full.find(({ hosts, down }) => hosts.has(address) && !down.has(address));
      inTheWay ??= hindering;
      if (hindering !== undefined) continue;
      this.#taken.set(address, operation);
      this.#recount(address);
      return { address };
    }
    return inTheWay && { full: this.#viewOf(inTheWay) };
  }

  /** Takes a host that was taken already when the server began, whatever the budgets say. */
  retake(address: string, operation: string): void {
    this.#taken.set(address, operation);
    this.#recount(address);
  }

  /** Of a host that the operation has not taken nothing changes. */
  giveBack(address: string, operation: string): void {
    if (this.#taken.get(address) !== operation) return;
    this.#taken.delete(address);
    this.#recount(address);
    this.#wake();
  }

  /** Whether an operation left it out of reach or unhealthy. */
  async isLeftDown(address: string): Promise<boolean> {
    await this.#readLeft();
    return this.#left.has(address);
  }

  /** To be called once the same is on disk. */
  leave(address: string, left: LeftDown | null): void {
    if (left === null) this.#left.delete(address);
    else this.#left.set(address, left);
    this.#recount(address);
    this.#wake();
  }

  /** Every budget with what is down under it, in the order of the names. */
  async views(): Promise<BudgetView[]> {
    return (await this.#current()).budgets.map((resolved) => this.#viewOf(resolved));
  }

  /** The budgets that some of the hosts are under, each with those hosts. */
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
    // One reads now: it may or may not have seen this.
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
   * What is known, read anew when something has changed. What changes during the reading counts from the next one on:
   * an inventory that never stands still must not keep an operation waiting.
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
      // Without a budget nobody asks who is down.
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
    // Another reader may have been done first, and something may have changed since.
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
