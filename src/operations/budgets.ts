import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../lib/errors.ts';
import { type Selected, type Selection, select } from '../lib/selection.ts';
import type { Entry, Store } from '../store/contract.ts';
import { always } from '../store/precondition.ts';
import { AtWork, startedByItself } from './at-work.ts';
import { type Budget, type BudgetView, budgetEntry, budgetRecords } from './budget.ts';
import type { Disruptions } from './disruptions.ts';
import type { Asker } from './insight.ts';
import { toldTo } from './obstacle.ts';
import { findOperation } from './records.ts';
import { checkTarget } from './targets/parse.ts';
import { requestedTarget } from './targets/states.ts';

/** Disruption budgets, as callers set and read them. */
export class Budgets {
  readonly #store: Store;
  readonly #disruptions: Disruptions;

  constructor(store: Store, disruptions: Disruptions) {
    this.#store = store;
    this.#disruptions = disruptions;
  }

  /** Sorted by name, unless the selection says otherwise. */
  async select(selection: Selection): Promise<Selected<BudgetView>> {
    return select(await this.#disruptions.views(), selection);
  }

  /** @throws AppError `budget_not_found` */
  async get(name: string): Promise<BudgetView> {
    return (await this.entry(name)).value;
  }

  /** The current budget, with the revision of its record. @throws AppError `budget_not_found` */
  async entry(name: string): Promise<Entry<BudgetView>> {
    const { revision } = await budgetEntry(this.#store, name);
    const value = (await this.#disruptions.views()).find((budget) => budget.name === name);
    if (value !== undefined) return { key: name, value, revision };
    throw new AppError('conflict', `the budget ${name} is just being changed`, { hint: 'try again' });
  }

  /**
   * Creates or replaces the budget. Running operations apply it from their next host on. Its target may describe hosts
   * that do not exist yet.
   *
   * @throws AppError `invalid_target`
   */
  async put(budget: Budget, check = always): Promise<BudgetView> {
    requestedTarget(budget.target);
    await checkTarget(budget.target);
    const { name, target, max_down } = budget;
    await this.#store.transact(async (tx) => {
      const stored = await tx.get(budgetRecords, name);
      check(stored?.revision);
      const action = stored === undefined ? 'created' : 'updated';
      tx.put(budgetRecords, name, budget);
      tx.emit({ type: 'budget', action, key: name, data: { target, max_down } });
    });
    return this.get(name);
  }

  /**
   * Replaces the budget by what `change` returns for it.
   *
   * @throws AppError `budget_not_found`, `invalid_target`, and what `change` throws
   */
  async change(name: string, change: (budget: Budget) => Budget, check = always): Promise<BudgetView> {
    await this.#store.transact(async (tx) => {
      check((await tx.get(budgetRecords, name))?.revision);
      const existing = (await budgetEntry(tx, name)).value;
      const { target, max_down } = change(existing);
      if (target !== existing.target) requestedTarget(target);
      await checkTarget(target);
      const changed = { name, target, max_down };
      if (isDeepStrictEqual(changed, existing)) return;
      tx.put(budgetRecords, name, changed);
      tx.emit({ type: 'budget', action: 'updated', key: name, data: { target, max_down } });
    });
    return this.get(name);
  }

  /** Operations that waited for the budget go on. @throws AppError `budget_not_found` */
  async delete(name: string, check = always): Promise<void> {
    await this.#store.transact(async (tx) => {
      check((await tx.get(budgetRecords, name))?.revision);
      await budgetEntry(tx, name);
      tx.delete(budgetRecords, name);
      tx.emit({ type: 'budget', action: 'deleted', key: name });
    });
  }

  /**
   * The same, unless an operation has a host of the budget: it would go over the others without the bound that it
   * started with.
   *
   * @throws AppError `budget_not_found`, `operation_running`
   */
  async deleteUnused(name: string, { insight }: Asker, check = always): Promise<void> {
    await toldTo(insight, () => this.#checkUnused(name));
    await this.delete(name, check);
  }

  async #checkUnused(name: string): Promise<void> {
    const budget = (await this.#disruptions.views()).find((view) => view.name === name);
    for (const { address, why, operation } of budget?.down ?? []) {
      const running = why === 'taken' && operation !== null && (await findOperation(this.#store, operation));
      if (!running || running.kind === startedByItself) continue;
      const { id, kind } = running;
      throw new AtWork(`delete the budget ${name}`, { lock: `host/${address}`, operation: id, kind });
    }
  }
}
