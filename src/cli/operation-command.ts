import type { Operation } from '../operations/operation.ts';
import { yes } from './confirmation.ts';
import { type Context, command, type group } from './context.ts';
import { foldedTable } from './folded-table.ts';
import { plan as onlyPlan, printBegun, printPlan, queue } from './operation-start.ts';
import { operationMembers } from './operation-table.ts';
import { print } from './output.ts';
import { confirmStart } from './start-confirmation.ts';

const id = { summary: 'id of the operation, as `commctl operation list` shows it' };
const someId = '0197c0de-0000-7000-8000-000000000000';

const plan = command({
  name: 'plan',
  summary: 'Show the batches and limits of an operation',
  arguments: { id },
  options: {},
  examples: [`commctl operation plan ${someId}`],
  async handler(context, { id }) {
    return printPlan(context, await (await context.connect()).operations.planOf(id));
  },
});

const folded = command({
  name: 'folded',
  summary: 'Show the output of the hosts, grouped by equal output, those that failed last',
  arguments: { id },
  options: {},
  examples: [`commctl operation folded ${someId}`],
  async handler(context, { id }) {
    const { operations } = await context.connect();
    const groups = await operations.folded(id);
    if (context.format !== 'table') return print(context, { value: groups });
    const { results } = await operations.get(id);
    return print(context, { value: groups, table: () => foldedTable(groups, results) });
  },
});

function simple(name: 'pause' | 'resume' | 'promote', summary: string) {
  return command({
    name,
    summary,
    arguments: { id },
    options: {},
    examples: [`commctl operation ${name} ${someId}`],
    async handler(context, { id }) {
      return printChanged(context, await (await context.connect()).operations[name](id));
    },
  });
}

function printChanged(context: Context, operation: Operation): Promise<number> {
  return print(context, { value: operation, table: () => operationMembers(operation, context) });
}

const cancel = command({
  name: 'cancel',
  summary: 'Cancel an operation: start no more hosts',
  arguments: { id },
  options: { now: { type: 'flag', summary: 'also end what runs on the hosts in flight' } },
  examples: [`commctl operation cancel ${someId}`, `commctl operation cancel --now ${someId}`],
  async handler(context, { id, now }) {
    return printChanged(context, await (await context.connect()).operations.cancel(id, { now }));
  },
});

const skip = command({
  name: 'skip',
  summary: 'Skip a host that has not been started',
  arguments: { id, host: { summary: 'address of the host' } },
  options: {},
  examples: [`commctl operation skip ${someId} 192.0.2.11`],
  async handler(context, { id, host }) {
    return printChanged(context, await (await context.connect()).operations.skip(id, host));
  },
});

function again(name: 'retry' | 'rerun', summary: string) {
  return command({
    name,
    summary,
    arguments: { id },
    options: {
      plan: onlyPlan,
      queue,
      yes,
      wait: { type: 'flag', summary: 'watch the new operation until it ends' },
    },
    examples: [`commctl operation ${name} ${someId}`, `commctl operation ${name} --plan ${someId}`],
    async handler(context, { id, plan: onlyPlan, queue, yes, wait }) {
      const { operations } = await context.connect();
      const plan = () => operations.planAgain(id, name);
      if (onlyPlan || context.dryRun) return printPlan(context, await plan());
      await confirmStart(context, { yes, plan, parameters: async () => (await operations.get(id)).parameters });
      return printBegun(context, await operations[name](id, queue ? { wait: true } : {}), wait);
    },
  });
}

/** The commands for an operation, in the order of its life. */
export const operationCommands: Parameters<typeof group>[2] = [
  plan,
  folded,
  simple('pause', 'Pause an operation: start no more hosts until it is resumed; hosts already started are completed'),
  simple('resume', 'Continue a paused operation'),
  simple('promote', 'Continue an operation that waits after its first batch'),
  cancel,
  skip,
  again('retry', 'Start an operation again on the hosts that it did not complete'),
  again('rerun', 'Start an operation again on all its hosts'),
];
