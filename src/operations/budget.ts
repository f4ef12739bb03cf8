import { type Static, Type as t } from '@sinclair/typebox';
import { AppError } from '../lib/errors.ts';
import { type Entry, type Reader, records } from '../store/contract.ts';
import { Share } from './share.ts';

/** How many hosts of a target may be down at once, whatever the operations. */
export const Budget = t.Object({
  name: t.String(),
  target: t.String({ description: 'The hosts it is about, as an expression: see docs/targets.md' }),
  max_down: t.Unsafe<Share>({
    ...Share,
    description: 'A count, or a percentage such as "10%" of the hosts of the target; rounded down, and at least 1',
  }),
});
export type Budget = Static<typeof Budget>;

/** A host that is down, or may be at any moment. */
export const DownHost = t.Object({
  address: t.String(),
  why: t.Union(
    (['taken', 'unreachable', 'unhealthy', 'failed'] as const).map((why) => t.Literal(why)),
    {
      description:
        'taken: an operation is at it. unreachable, unhealthy: one left it so. failed: it is in the inventory as failed',
    },
  ),
  operation: t.Union([t.String(), t.Null()], { description: 'Which operation; null for failed' }),
});
export type DownHost = Static<typeof DownHost>;

/** A budget with what it comes to now. */
export const BudgetView = t.Object({
  ...Budget.properties,
  hosts: t.Integer({ description: 'Hosts of the target' }),
  allowed: t.Integer({ description: 'How many of them max_down is' }),
  down: t.Array(DownHost),
});
export type BudgetView = Static<typeof BudgetView>;

/** What an operation left down: by address. */
export interface LeftDown {
  operation: string;
  why: Extract<DownHost['why'], 'unreachable' | 'unhealthy'>;
}

/** By name. */
export const budgetRecords = records<Budget>('budgets');
/** By address. */
export const leftDownRecords = records<LeftDown>('hosts-left-down');

/** @throws AppError `budget_not_found` */
export async function budgetEntry(reader: Pick<Reader, 'get'>, name: string): Promise<Entry<Budget>> {
  const budget = await reader.get(budgetRecords, name);
  if (budget !== undefined) return budget;
  throw new AppError('budget_not_found', `there is no budget ${name}`, {
    hint: 'list the budgets with `commctl budget list`',
  });
}

/** Why no more hosts of a budget may be taken down, in words. */
export function describeFull({ name, allowed, hosts, down }: BudgetView): string {
  const shown = down.slice(0, mostNamed).map(describeDown).join(', ');
  const more = down.length > mostNamed ? ` and ${down.length - mostNamed} more` : '';
  return `the budget ${name} lets ${allowed} of ${hosts} hosts be down, and down are ${shown}${more}`;
}

const mostNamed = 3;

function describeDown({ address, why, operation }: DownHost): string {
  if (operation === null) return `${address} (failed in the inventory)`;
  return why === 'taken' ? `${address} (taken by ${operation})` : `${address} (left ${why} by ${operation})`;
}
