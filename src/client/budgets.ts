import type { BudgetView } from '../operations/budget.ts';
import { type ChangeOptions, changing, type Patch } from './change.ts';
import { type ListQuery, page } from './page.ts';
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
    list: (signal?: AbortSignal) => transport.list<BudgetView>({ method: 'GET', path: path`/budgets`, signal }),

    /** Those that a query picks, and how many there are of them. */
    page: (query: ListQuery, signal?: AbortSignal) => page<BudgetView>(transport, path`/budgets`, query, signal),

    get: (name: string, signal?: AbortSignal) =>
      transport.object<BudgetView>({ method: 'GET', path: path`/budget/${name}`, signal }),

    /** Creates or replaces it. */
    put: (name: string, body: NewBudget, options?: AbortSignal | ChangeOptions) =>
      transport.object<BudgetView>({ method: 'PUT', path: path`/budget/${name}`, body, ...changing(options) }),

    /** Changes the members given. */
    change: (name: string, body: Patch<Partial<NewBudget>>, options?: AbortSignal | ChangeOptions) =>
      transport.object<BudgetView>({ method: 'PATCH', path: path`/budget/${name}`, body, ...changing(options) }),

    delete: (name: string, options?: AbortSignal | ChangeOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/budget/${name}`, ...changing(options) }),
  };
}
