import type { BudgetView } from '../operations/budget.ts';
import { recordTable, table } from './table.ts';

/** One line per budget. */
export function budgetTable(budgets: readonly BudgetView[]): string[] {
  const rows = budgets.map(({ name, down, allowed, hosts, max_down, target }) => {
    return [name, `${down.length} of ${allowed}`, String(hosts), String(max_down), target];
  });
  return table([['NAME', 'DOWN', 'HOSTS', 'MAX DOWN', 'TARGET'], ...rows]);
}

/** One budget in full, with a line per host that is down. */
export function budgetRecord({ down, ...budget }: BudgetView): string[] {
  const rows = down.map(({ address, why, operation }) => [address, why, operation ?? '']);
  return [...recordTable(budget), '', ...(rows.length === 0 ? ['none is down'] : table([heading, ...rows]))];
}

const heading = ['ADDRESS', 'WHY', 'OPERATION'];
