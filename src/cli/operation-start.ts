import type { BegunOperation } from '../client/operations.ts';
import { type Context, command } from './context.ts';
import { operationRecord } from './operation-table.ts';
import { print } from './output.ts';
import { parametersOf } from './parameters.ts';
import { planTable } from './plan-table.ts';
import { strategyOf, strategyOptions } from './strategy-options.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { waitFor } from './wait/wait-for.ts';

export const start = command({
  name: 'start',
  summary: 'Start an operation on any hosts',
  arguments: {
    kind: { summary: 'what is done: restart, upgrade, deploy, …' },
    target: { summary: 'on which hosts, see docs/targets.md' },
  },
  options: {
    parameter: { type: 'list', placeholder: 'KEY=VALUE', summary: 'of the kind, or all as a JSON object; repeatable' },
    ...strategyOptions,
    plan: { type: 'flag', summary: 'only show what would be done' },
    wait: { type: 'flag', summary: 'follow the operation to its end' },
  },
  examples: [
    'commctl operation start restart cluster:web --batch 1,10%,50% --plan',
    'commctl operation start deploy cluster:web --parameter version=7.2.6 --on-failure pause --wait',
    'commctl operation start upgrade web[01-20] --gate-tcp 443 --promote manual',
  ],
  async handler(context, { kind, target, parameter, plan, wait, ...options }) {
    const strategy = await strategyOf(options);
    const parameters = parametersOf(parameter);
    const body = { kind, target, parameters, ...(strategy === undefined ? {} : { strategy }) };
    const { operations } = await context.connect();
    if (!plan) return printBegun(context, await operations.start(body), wait);
    const planned = await operations.plan(body);
    return print(context, { value: planned, table: () => planTable(planned) });
  },
});

/** Tells on stderr which operation it is, and prints it: at once, or as it ended. */
export async function printBegun(context: Context, begun: BegunOperation, wait: boolean): Promise<number> {
  const { operation, isNew } = begun;
  const { id } = operation;
  const state = isNew ? 'started' : 'was running already';
  const follow = wait ? '' : `; follow it with \`commctl operation wait ${id}\``;
  await context.terminal.stderr.write(`operation ${id} ${state}${follow}\n`);
  const shown = wait ? await waitFor(context, id) : operation;
  const done = await print(context, { value: shown, table: () => operationRecord(shown) });
  return wait ? exitCodeOf(shown) : done;
}
