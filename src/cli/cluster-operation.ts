import type { OperationRequest } from '../client/clusters.ts';
import type { Client } from '../client/connect.ts';
import type { ClusterOperationKind } from '../client/records.ts';
import { nameOf } from '../operations/operation-name.ts';
import { yes } from './confirmation.ts';
import { type Context, command, group } from './context.ts';
import type { OptionValues } from './declaration.ts';
import { clusterArgument, clusterOf } from './default-cluster.ts';
import { isShown, tellNext } from './operation-ended.ts';
import { begunLine, plan, printPlan, queue } from './operation-start.ts';
import { print } from './output.ts';
import { confirmStart } from './start-confirmation.ts';
import { rebootOptions, rebootTimeoutOption, refusedReboot, strategyOf, strategyOptions } from './strategy-options.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { nextCommands } from './wait/recap.ts';
import { sentenceWithReason } from './wait/sentence.ts';
import { waitFor } from './wait/wait-for.ts';
import { waitingOf, waitOptions } from './wait-options.ts';

const name = { summary: 'name of the cluster', completes: 'cluster' } as const;

const startOptions = {
  ...strategyOptions,
  plan,
  queue,
  yes,
  ...waitOptions,
} as const;

/** `start` and `status` of the kind `restart`, whose only parameter is the cluster. */
export const restart = clusterOperation('restart', 'Restart the hosts of a cluster, batch by batch', {
  ...refusedReboot,
  ...rebootTimeoutOption,
});

/** The same of the kind `upgrade`. */
export const upgrade = clusterOperation('upgrade', 'Upgrade the hosts of a cluster, batch by batch', rebootOptions);

function clusterOperation(
  kind: 'restart' | 'upgrade',
  summary: string,
  own: typeof rebootOptions | (typeof refusedReboot & typeof rebootTimeoutOption),
) {
  const startCommand = command({
    name: 'start',
    summary,
    arguments: { name: clusterArgument },
    options: { ...startOptions, ...own },
    examples: [
      `commctl cluster ${kind} start web`,
      `commctl cluster ${kind} start --batch 5 --max-failures 2 --wait web`,
    ],
    handler: async (context, { name, ...options }) =>
      start(context, { cluster: await clusterOf(context, name), kind, request: {} }, options),
  });
  return group(kind, summary, [startCommand, statusCommand(kind)]);
}

const deploySummary = 'Deploy a version to the hosts of a cluster, batch by batch';

export const deploy = group('deploy', deploySummary, [
  command({
    name: 'start',
    summary: deploySummary,
    arguments: { name, version: { summary: 'version of the tree to deploy' } },
    options: { ...startOptions, ...rebootOptions },
    examples: ['commctl cluster deploy start web 7.2.6', 'commctl cluster deploy start --batch 5 --wait web 7.2.6'],
    handler: (context, { name, version, ...options }) =>
      start(context, { cluster: name, kind: 'deploy', request: { version } }, options),
  }),
  statusCommand('deploy'),
]);

function statusCommand(kind: ClusterOperationKind) {
  return command({
    name: 'status',
    summary: `Show the latest ${kind} of a cluster`,
    arguments: { name: clusterArgument },
    options: {},
    examples: [`commctl cluster ${kind} status web`],
    async handler(context, { name }) {
      const cluster = await clusterOf(context, name);
      const client = await context.connect();
      const record = await client.clusters.latest(cluster, kind);
      const code = await print(context, { value: record });
      if (record.status === 'failed') await tellWhy(context, client, { cluster, kind });
      return code;
    },
  });
}

/** Says on stderr what the record of the original has no member for: how the operation ended, and what to type next. */
async function tellWhy(
  { terminal }: Context,
  client: Client,
  where: { readonly cluster: string; readonly kind: ClusterOperationKind },
): Promise<void> {
  const { records } = await client.operations.page({ where: { ...where }, limit: 1 });
  for (const operation of records) {
    const lines = [`operation ${nameOf(operation)}: ${sentenceWithReason(operation)}`, ...nextCommands(operation)];
    await terminal.stderr.write(lines.map((line) => `${line}\n`).join(''));
  }
}

interface Start {
  cluster: string;
  kind: ClusterOperationKind;
  request: Pick<OperationRequest, 'version'>;
}

async function start(
  context: Context,
  { cluster, kind, request }: Start,
  {
    plan: onlyPlan,
    queue,
    yes,
    wait,
    waitTimeout,
    ...options
  }: OptionValues<typeof startOptions> & Partial<OptionValues<typeof rebootOptions>>,
): Promise<number> {
  const { waits, seconds } = waitingOf({ wait, waitTimeout });
  const strategy = await strategyOf(options);
  const given = strategy === undefined ? {} : { strategy };
  const body = { ...request, ...given, ...(queue ? { wait: true } : {}) };
  const client = await context.connect();
  const plan = () => client.operations.plan({ kind, target: `cluster:${cluster}`, parameters: request, ...given });
  if (onlyPlan || context.dryRun) return printPlan(context, await plan());
  await confirmStart(context, { yes, plan, parameters: async () => request });
  const { id, number, isNew, record } = await client.clusters.start(cluster, kind, body);
  if (id === undefined) {
    if (waits) throw new Error(`the server did not say which operation this ${kind} is, so it cannot be waited for`);
    return print(context, { value: record });
  }
  const state = isNew ? 'started' : 'was running already';
  await context.terminal.stderr.write(`${begunLine({ id, number }, state, waits)}\n`);
  if (!waits) return print(context, { value: record });
  const ended = await waitFor(context, id, { seconds });
  if (!isShown(context)) await print(context, { value: await client.clusters.latest(cluster, kind) });
  await tellNext(context, ended);
  return exitCodeOf(ended);
}
