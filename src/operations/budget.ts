import { type Static, Type as t } from '@sinclair/typebox';
import { choices } from '../lib/choices.ts';
import { AppError } from '../lib/errors.ts';
import { type Entry, type Reader, records } from '../store/contract.ts';
import { Share } from './share.ts';

/** How many hosts of a target may be down at once, over all operations. */
export const Budget = t.Object({
  name: t.String({ description: 'Name of the budget' }),
  target: t.String({ description: 'The hosts it is about, as an expression: see `commctl help targets`' }),
  max_down: t.Unsafe<Share>({
    ...Share,
    description: 'A count, or a percentage such as "10%" of the hosts of the target; rounded down, and at least 1',
  }),
});
export type Budget = Static<typeof Budget>;

/** A host that is down, or may be at any moment. */
export const DownHost = t.Object({
  address: t.String({ description: 'Address of the host' }),
  why: choices(
    {
      taken: 'An operation works on it',
      unreachable: 'An operation left it unreachable',
      unhealthy: 'An operation left it with a gate that does not hold',
      failed: 'Its status in the inventory is failed',
    },
    { description: 'Why it counts as down' },
  ),
  operation: t.Union([t.String(), t.Null()], {
    description: 'Which operation; null for failed, and for one that the caller may not see',
  }),
});
export type DownHost = Static<typeof DownHost>;

/** A budget with its current hosts. */
export const BudgetView = t.Object({
  ...Budget.properties,
  hosts: t.Integer({ description: 'Hosts of the target' }),
  allowed: t.Integer({ description: 'How many of them max_down is' }),
  down: t.Array(DownHost, { description: 'The hosts of the target that are down' }),
});
export type BudgetView = Static<typeof BudgetView>;

/** The operation that left a host down, and how it left it. */
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

/** The number of down hosts that a message names. */
export const mostNamed = 3;

/**
 * Says why no more hosts of a budget may be taken down.
 *
 * @param down the hosts that may be named
 * @param total how many are down
 * @param self the operation that the message is about
 */
export function describeFull(
  { down, ...budget }: Pick<BudgetView, 'name' | 'allowed' | 'hosts' | 'down'>,
  { total, self }: { readonly total: number; readonly self: string },
): string {
  const named = down.slice(0, mostNamed);
  if (named.length === 0) return describeFullNameless(budget);
  const { name, allowed, hosts } = budget;
  const more = total > named.length ? ` and ${total - named.length} more` : '';
  const shown = named.map((host) => describeDown(host, self)).join(', ');
  return `the budget ${name} lets ${allowed} of ${hosts} hosts be down, and down are ${shown}${more}`;
}

/** The same without the name of any host or operation. */
export function describeFullNameless({ name, allowed, hosts }: Pick<BudgetView, 'name' | 'allowed' | 'hosts'>): string {
  return `the budget ${name} lets ${allowed} of ${hosts} hosts be down, and that many are`;
}

function describeDown({ address, why, operation }: DownHost, self: string): string {
  if (why === 'failed') return `${address} (failed in the inventory)`;
  const how = why === 'taken' ? 'taken' : `left ${why}`;
  if (operation === null) return `${address} (${how})`;
  return `${address} (${how} by ${operation === self ? 'this operation' : operation})`;
}
