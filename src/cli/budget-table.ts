import type { BudgetView } from '../operations/budget.ts';
import { whole } from './cell.ts';
import { recordTable, type Table, table } from './table.ts';

/** One line per budget. */
export function budgetTable(budgets: readonly BudgetView[]): Table {
  const rows = budgets.map(({ name, down, allowed, hosts, max_down, target }) => {
    return [whole(name), `${down.length} of ${allowed}`, String(hosts), String(max_down), target];
  });
  return table([['NAME', 'DOWN', 'HOSTS', 'MAX DOWN', 'TARGET'], ...rows]);
}

/** One budget in full, with a line per host that is down. */
export function budgetRecord({ down, ...budget }: BudgetView): Table {
  const rows = down.map(({ address, why, operation }) => [whole(address), why, whole(operation ?? '')]);
  return [...recordTable(budget), '', ...(rows.length === 0 ? ['none is down'] : table([heading, ...rows]))];
}

const heading = ['ADDRESS', 'WHY', 'OPERATION'];
