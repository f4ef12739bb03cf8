import type { BegunOperation } from '../client/operations.ts';
import { nameOf, referenceTo } from '../operations/operation-name.ts';
import type { Plan } from '../operations/plan.ts';
import { yes } from './confirmation.ts';
import { type Context, command } from './context.ts';
import type { Option } from './declaration.ts';
import { followExec } from './exec-output.ts';
import { printEnded } from './operation-ended.ts';
import { operationRecord } from './operation-table.ts';
import { print } from './output.ts';
import { parametersOf } from './parameters.ts';
import { planTable } from './plan-table.ts';
import { narrowed, selector } from './selector.ts';
import { confirmStart } from './start-confirmation.ts';
import { rebootOptions, strategyOf, strategyOptions } from './strategy-options.ts';
import { waitFor } from './wait/wait-for.ts';
import { type Waiting, waitingOf, waitOptions } from './wait-options.ts';

/** Not named `--wait`, which follows the operation. */
export const queue = {
  type: 'flag',
  summary: 'wait for hosts that another operation has',
} as const satisfies Option;

export const plan = { type: 'flag', summary: 'only show the plan' } as const satisfies Option;

export const start = command({
  name: 'start',
  summary: 'Start an operation on hosts',
  arguments: {
    kind: { summary: 'kind of the operation: restart, upgrade, deploy, …' },
    target: { summary: 'target expression, such as cluster:web', completes: 'target' },
  },
  options: {
    parameter: {
      type: 'list',
      placeholder: 'KEY=VALUE',
      summary: 'parameter of the kind, or a JSON object of parameters; repeatable',
    },
    selector,
    ...strategyOptions,
    ...rebootOptions,
    plan,
    queue,
    yes,
    ...waitOptions,
  },
  examples: [
    'commctl operation start restart cluster:web --batch 1,10%,50% --plan',
    'commctl operation start deploy cluster:web --parameter version=7.2.6 --on-failure pause --wait',
    'commctl operation start upgrade web[01-20] --gate-tcp 443 --promote manual',
  ],
  async handler(
    context,
    { kind, target: expression, selector, parameter, plan: onlyPlan, queue, yes, wait, waitTimeout, ...options },
  ) {
    const target = narrowed(expression, selector);
    const strategy = await strategyOf(options);
    const parameters = parametersOf('--parameter', parameter);
    const queued = queue ? { wait: true } : {};
    const body = { kind, target, parameters, ...(strategy === undefined ? {} : { strategy }), ...queued };
    const { operations } = await context.connect();
    const plan = () => operations.plan(body);
    if (onlyPlan || context.dryRun) return printPlan(context, await plan());
    await confirmStart(context, { yes, plan, parameters: async () => parameters });
    return printBegun(context, await operations.start(body), waitingOf({ wait, waitTimeout }));
  },
});

export function printPlan(context: Context, plan: Plan): Promise<number> {
  return print(context, { value: plan, table: () => planTable(plan) });
}

/**
 * Names the operation on stderr, and prints it: at once, or when it has ended. An exec that was waited for has output,
 * which says more to a person.
 */
export async function printBegun(
  context: Context,
  begun: BegunOperation,
  { waits, seconds }: Waiting,
): Promise<number> {
  if (!waits) return printStarted(context, begun);
  const { operation } = begun;
  await tellBegun(context, begun, true);
  if (operation.kind === 'exec' && context.format === 'table') {
    return followExec(context, operation, { raw: false, seconds });
  }
  return printEnded(context, await waitFor(context, operation.id, { seconds }));
}

/** The same for a command that does not wait. */
export async function printStarted(context: Context, begun: BegunOperation): Promise<number> {
  await tellBegun(context, begun, false);
  const { operation } = begun;
  return print(context, { value: operation, table: () => operationRecord(operation, context) });
}

/** Names the operation on stderr, and says how to follow it unless the command follows it. */
export async function tellBegun(
  { terminal }: Pick<Context, 'terminal'>,
  { operation, isNew }: BegunOperation,
  follows: boolean,
): Promise<void> {
  const state = isNew ? 'started' : 'was running already';
  await terminal.stderr.write(`${begunLine(operation, state, follows)}\n`);
}

/** `operation #44 (ID) started; follow it with …`. */
export function begunLine(operation: Parameters<typeof nameOf>[0], state: string, follows: boolean): string {
  const how = follows ? '' : `; follow it with \`commctl operation watch ${referenceTo(operation)}\``;
  const id = operation.number === undefined ? '' : ` (${operation.id})`;
  return `operation ${nameOf(operation)}${id} ${state}${how}`;
}
