import type { BudgetView } from '../operations/budget.ts';
import { type ChangeOptions, changing, type Patch } from './change.ts';
import { nounCalls } from './noun.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

export interface NewBudget {
  /** An expression, see docs/targets.md. */
  target: string;
  /** A count, or a percentage such as "10%". */
  max_down: number | string;
}

/** The routes of disruption budgets. */
export function budgets(transport: Transport) {
  return {
    ...nounCalls<BudgetView, BudgetView>(transport, { many: 'budgets', one: 'budget' }),

    /** Creates or replaces it. */
    put: (name: string, body: NewBudget, options?: AbortSignal | ChangeOptions) =>
      transport.object<BudgetView>({ method: 'PUT', path: path`/budget/${name}`, body, ...changing(options) }),

    /** Changes the members given. */
    change: (name: string, body: Patch<Partial<NewBudget>>, options?: AbortSignal | ChangeOptions) =>
      transport.object<BudgetView>({ method: 'PATCH', path: path`/budget/${name}`, body, ...changing(options) }),
  };
}
