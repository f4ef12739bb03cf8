import { AppError } from '../lib/errors.ts';
import { type Selected, type Selection, select } from '../lib/selection.ts';
import type { Store } from '../store/contract.ts';
import { type Budget, type BudgetView, budgetRecords, findBudget } from './budget.ts';
import type { Disruptions } from './disruptions.ts';
import { parseTarget } from './target.ts';

/** Disruption budgets, for those who set them and look at them. */
export class Budgets {
  readonly #store: Store;
  readonly #disruptions: Disruptions;

  constructor(store: Store, disruptions: Disruptions) {
    this.#store = store;
    this.#disruptions = disruptions;
  }

  /** In the order of their names, unless the selection says otherwise. */
  async select(selection: Selection): Promise<Selected<BudgetView>> {
    return select(await this.#disruptions.views(), selection);
  }

  /** @throws AppError `budget_not_found` */
  async get(name: string): Promise<BudgetView> {
    await findBudget(this.#store, name);
    const view = (await this.#disruptions.views()).find((budget) => budget.name === name);
    if (view !== undefined) return view;
    throw new AppError('conflict', `the budget ${name} is just being changed`, { hint: 'try again' });
  }

  /**
   * Creates or replaces it. Operations under way go by it from their next host on. Its target may describe hosts that
   * are not there yet.
   *
   * @throws AppError `invalid_target`
   */
  async put(budget: Budget): Promise<BudgetView> {
    parseTarget(budget.target);
    const { name, target, max_down } = budget;
    await this.#store.transact(async (tx) => {
      const action = (await tx.get(budgetRecords, name)) === undefined ? 'created' : 'updated';
      tx.put(budgetRecords, name, budget);
      tx.emit({ type: 'budget', action, key: name, data: { target, max_down } });
    });
    return this.get(name);
  }

  /** What it held up goes on. @throws AppError `budget_not_found` */
  async delete(name: string): Promise<void> {
    await this.#store.transact(async (tx) => {
      await findBudget(tx, name);
      tx.delete(budgetRecords, name);
      tx.emit({ type: 'budget', action: 'deleted', key: name });
    });
  }
}
