import type { BudgetView, DownHost } from '../operations/budget.ts';
import { whole } from './cell.ts';
import { command, group } from './context.ts';
import { getCommand, listCommand, takingCommand } from './noun.ts';
import { print } from './output.ts';
import { shareOf } from './strategy-options.ts';
import { columns, recordTable, type Table } from './table.ts';

const name = { summary: 'name of the budget' };

/** One line per budget. */
export const budgetTable = columns<BudgetView>(
  {
    NAME: ({ name }) => whole(name),
    DOWN: ({ down, allowed }) => `${down.length} of ${allowed}`,
    HOSTS: ({ hosts }) => String(hosts),
    'MAX DOWN': ({ max_down }) => String(max_down),
    TARGET: ({ target }) => target,
  },
  { 'MAX DOWN': 1, HOSTS: 2 },
);

const downTable = columns<DownHost>({
  ADDRESS: ({ address }) => whole(address),
  WHY: ({ why }) => why,
  OPERATION: ({ operation }) => whole(operation ?? ''),
});

/** One budget in full, with a line for each host that is down. */
export function budgetRecord({ down, ...budget }: BudgetView): Table {
  return [...recordTable(budget), '', ...(down.length === 0 ? ['none is down'] : downTable(down))];
}

const create = command({
  name: 'create',
  summary: 'Set how many hosts of a target may be down at once, over all operations',
  arguments: { name, target: { summary: 'target expression, such as label:role=web', completes: 'target' } },
  options: {
    maxDown: { type: 'text', required: true, placeholder: 'N|N%', summary: 'how many of its hosts may be down' },
  },
  examples: [
    'commctl budget create web label:role=web --max-down 10%',
    'commctl budget create quorum cluster:etcd --max-down 1',
  ],
  async handler(context, { name, target, maxDown }) {
    const max_down = shareOf('--max-down', maxDown);
    const budget = await (await context.connect()).budgets.put(name, { target, max_down });
    return print(context, { value: budget, table: () => budgetRecord(budget) });
  },
});

const get = getCommand({
  name: name.summary,
  completes: 'budget',
  summary: 'Show a budget, and which of its hosts are down and why',
  examples: ['commctl budget get web'],
  get: (client, name) => client.budgets.get(name),
  table: budgetRecord,
});

const list = listCommand({
  plural: 'budgets',
  events: ['budget', 'host', 'cluster', 'operation'],
  summary: 'List all budgets, or the selected ones, and how many of their hosts are down',
  examples: ['commctl budget list', "commctl budget list --filter 'hosts=Gte(10)' --sort=-hosts"],
  page: (client, query) => client.budgets.page(query),
  table: budgetTable,
});

const remove = takingCommand({
  noun: 'budget',
  name: name.summary,
  completes: 'budget',
  summary: 'Delete budgets of which no operation has a host; operations that waited for them continue',
  examples: ['commctl budget delete web'],
  delete: (client, name, options) => client.budgets.delete(name, options),
});

export const budget = group('budget', 'How many hosts may be down at once, over all operations', [
  create,
  get,
  list,
  remove,
]);
