import type { Operation } from '../operations/operation.ts';
import { yes } from './confirmation.ts';
import { type Context, command, type group } from './context.ts';
import { foldedTable } from './folded-table.ts';
import { idOfOperation, operationArgument } from './operation-reference.ts';
import { plan as onlyPlan, printBegun, printPlan, queue } from './operation-start.ts';
import { operationMembers } from './operation-table.ts';
import { print } from './output.ts';
import { confirmStart } from './start-confirmation.ts';
import { waitingOf, waitOptions } from './wait-options.ts';

const id = operationArgument;

const plan = command({
  name: 'plan',
  summary: 'Show the batches and limits of an operation',
  arguments: { id },
  options: {},
  examples: ['commctl operation plan 44'],
  async handler(context, { id }) {
    const { operations } = await context.connect();
    return printPlan(context, await operations.planOf(await idOfOperation(context, id)));
  },
});

const folded = command({
  name: 'folded',
  summary: 'Show the output of the hosts, grouped by equal output, those that failed last',
  arguments: { id },
  options: {},
  examples: ['commctl operation folded 44'],
  async handler(context, { id }) {
    const { operations } = await context.connect();
    const found = await idOfOperation(context, id);
    const groups = await operations.folded(found);
    if (context.format !== 'table') return print(context, { value: groups });
    const operation = await operations.get(found);
    return print(context, { value: groups, table: () => foldedTable(groups, operation) });
  },
});

function simple(name: 'pause' | 'resume' | 'promote', summary: string) {
  return command({
    name,
    summary,
    arguments: { id },
    options: {},
    examples: [`commctl operation ${name} 44`],
    async handler(context, { id }) {
      return printChanged(context, await (await context.connect()).operations[name](await idOfOperation(context, id)));
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
  examples: ['commctl operation cancel 44', 'commctl operation cancel --now 44'],
  async handler(context, { id, now }) {
    const { operations } = await context.connect();
    return printChanged(context, await operations.cancel(await idOfOperation(context, id), { now }));
  },
});

const skip = command({
  name: 'skip',
  summary: 'Skip a host that has not been started',
  arguments: { id, host: { summary: 'address of the host', completes: 'host' } },
  options: {},
  examples: ['commctl operation skip 44 192.0.2.11'],
  async handler(context, { id, host }) {
    const { operations } = await context.connect();
    return printChanged(context, await operations.skip(await idOfOperation(context, id), host));
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
      ...waitOptions,
    },
    examples: [`commctl operation ${name} 44`, `commctl operation ${name} --plan last`],
    async handler(context, { id: reference, plan: onlyPlan, queue, yes, wait, waitTimeout }) {
      const { operations } = await context.connect();
      const id = await idOfOperation(context, reference);
      const plan = () => operations.planAgain(id, name);
      if (onlyPlan || context.dryRun) return printPlan(context, await plan());
      await confirmStart(context, { yes, plan, parameters: async () => (await operations.get(id)).parameters });
      return printBegun(
        context,
        await operations[name](id, queue ? { wait: true } : {}),
        waitingOf({ wait, waitTimeout }),
      );
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
