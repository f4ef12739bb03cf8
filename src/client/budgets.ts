import type { Static } from '@sinclair/typebox';
import type { BudgetBody } from '../api/budgets.ts';
import type { BudgetView } from '../operations/budget.ts';
import { type ChangeOptions, changing, type Patch, type TakingOptions, taking } from './change.ts';
import { nounCalls } from './noun.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

/**
 * The target of a budget (an expression, see docs/targets.md), and how many of its hosts may be down (`3` or `"10%"`).
 */
export type NewBudget = Omit<Static<typeof BudgetBody>, 'name'>;

/** The routes of disruption budgets. */
export function budgets(transport: Transport) {
  return {
    ...nounCalls<BudgetView, BudgetView>(transport, { many: 'budgets', one: 'budget' }),

    /** 409 `operation_running` while an operation has a host of it. */
    delete: (name: string, options?: AbortSignal | TakingOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/budget/${name}`, ...taking(options) }),

    /** Creates or replaces it. */
    put: (name: string, body: NewBudget, options?: AbortSignal | ChangeOptions) =>
      transport.object<BudgetView>({ method: 'PUT', path: path`/budget/${name}`, body, ...changing(options) }),

    /** Changes the given members. */
    change: (name: string, body: Patch<Partial<NewBudget>>, options?: AbortSignal | ChangeOptions) =>
      transport.object<BudgetView>({ method: 'PATCH', path: path`/budget/${name}`, body, ...changing(options) }),
  };
}
