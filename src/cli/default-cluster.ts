import type { Context } from './context.ts';
import { UsageError } from './usage-error.ts';

/** An argument for which the configuration may have a default. */
export const clusterArgument = {
  summary: 'name of the cluster; by default that of the context',
  optional: true,
  completes: 'cluster',
} as const;

/**
 * The cluster that is named, or the default one of the context, which stderr then names: nobody should work on another
 * cluster than they think.
 *
 * @throws UsageError when there is neither
 */
export async function clusterOf(
  { defaultCluster, terminal }: Pick<Context, 'defaultCluster' | 'terminal'>,
  name: string | undefined,
): Promise<string> {
  if (name !== undefined) return name;
  const { cluster, context } = await defaultCluster();
  if (cluster === undefined) {
    throw new UsageError('no cluster is named, and the context has no default one', {
      hint: `name one, or make it the default with \`commctl context use ${context} --cluster NAME\``,
    });
  }
  await terminal.stderr.write(`cluster ${cluster}, the default of the context ${context}\n`);
  return cluster;
}
