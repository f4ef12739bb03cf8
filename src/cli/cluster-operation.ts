import type { OperationRequest } from '../client/clusters.ts';
import type { ClusterOperationKind } from '../client/records.ts';
import { type Context, command, group } from './context.ts';
import type { OptionValues } from './declaration.ts';
import { begunLine } from './operation-start.ts';
import { print } from './output.ts';
import { planTable } from './plan-table.ts';
import { strategyOf, strategyOptions } from './strategy-options.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { waitFor } from './wait/wait-for.ts';

const name = { summary: 'name of the cluster' };

const startOptions = {
  ...strategyOptions,
  wait: { type: 'flag', summary: 'watch the operation until it ends' },
} as const;

/** `start` and `status` of a kind whose only parameter is the cluster. */
export function clusterOperation(kind: 'restart' | 'upgrade', summary: string) {
  const startCommand = command({
    name: 'start',
    summary,
    arguments: { name },
    options: startOptions,
    examples: [
      `commctl cluster ${kind} start web`,
      `commctl cluster ${kind} start --batch 5 --max-failures 2 --wait web`,
    ],
    handler: (context, { name, ...options }) => start(context, { cluster: name, kind, request: {} }, options),
  });
  return group(kind, summary, [startCommand, statusCommand(kind)]);
}

const deploySummary = 'Deploy a version to the hosts of a cluster, batch by batch';

export const deploy = group('deploy', deploySummary, [
  command({
    name: 'start',
    summary: deploySummary,
    arguments: { name, version: { summary: 'version of the tree to deploy' } },
    options: startOptions,
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
    arguments: { name },
    options: {},
    examples: [`commctl cluster ${kind} status web`],
    async handler(context, { name }) {
      return print(context, { value: await (await context.connect()).clusters.latest(name, kind) });
    },
  });
}

interface Start {
  cluster: string;
  kind: ClusterOperationKind;
  request: Pick<OperationRequest, 'version'>;
}

async function start(
  context: Context,
  { cluster, kind, request }: Start,
  { wait, ...options }: OptionValues<typeof startOptions>,
): Promise<number> {
  const strategy = await strategyOf(options);
  const given = strategy === undefined ? {} : { strategy };
  const body = { ...request, ...given };
  const client = await context.connect();
  if (context.dryRun) {
    const planned = await client.operations.plan({ kind, target: `cluster:${cluster}`, parameters: request, ...given });
    return print(context, { value: planned, table: () => planTable(planned) });
  }
  const { id, number, isNew, record } = await client.clusters.start(cluster, kind, body);
  if (id === undefined) {
    if (wait) throw new Error(`the server did not say which operation this ${kind} is, so it cannot be waited for`);
    return print(context, { value: record });
  }
  const state = isNew ? 'started' : 'was running already';
  await context.terminal.stderr.write(`${begunLine({ id, number }, state, wait)}\n`);
  if (!wait) return print(context, { value: record });
  const ended = await waitFor(context, id);
  await print(context, { value: await client.clusters.latest(cluster, kind) });
  return exitCodeOf(ended);
}
