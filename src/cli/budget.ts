import { budgetRecord, budgetTable } from './budget-table.ts';
import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { print } from './output.ts';
import { shareOf } from './strategy-options.ts';

const name = { summary: 'name of the budget' };

const create = command({
  name: 'create',
  summary: 'Set how many hosts of a target may be down at once, over all operations',
  arguments: { name, target: { summary: 'the hosts it is about, see docs/targets.md' } },
  options: {
    maxDown: { type: 'text', required: true, placeholder: 'N|N%', summary: 'how many of them may be down' },
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

const get = command({
  name: 'get',
  summary: 'Show a budget, and which of its hosts are down and why',
  arguments: { name },
  options: {},
  examples: ['commctl budget get web'],
  async handler(context, { name }) {
    const budget = await (await context.connect()).budgets.get(name);
    return print(context, { value: budget, table: () => budgetRecord(budget) });
  },
});

const list = command({
  name: 'list',
  summary: 'List all budgets, or those that are asked for, with how many hosts are down under each',
  arguments: {},
  options: listOptions,
  examples: ['commctl budget list', "commctl budget list --filter 'hosts=Gte(10)' --sort=-hosts"],
  async handler(context, given) {
    const query = listQuery(given);
    const page = await (await context.connect()).budgets.page(query);
    return printPage(context, page, { plural: 'budgets', table: budgetTable });
  },
});

const remove = command({
  name: 'delete',
  summary: 'Delete budgets; what they held up goes on',
  arguments: { name: { ...name, many: true } },
  options: {},
  examples: ['commctl budget delete web'],
  async handler(context, { name }) {
    const client = await context.connect();
    return deleteEach(context, name, (each) => client.budgets.delete(each));
  },
});

export const budget = group('budget', 'How many hosts may be down at once, whatever the operations', [
  create,
  get,
  list,
  remove,
]);
