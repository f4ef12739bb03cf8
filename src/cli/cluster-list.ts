import type { Client } from '../client/connect.ts';
import type { ListQuery } from '../client/page.ts';
import { ProblemError } from '../client/problem-error.ts';
import type { ClusterView } from '../inventory/cluster.ts';
import type { Operation } from '../operations/operation.ts';
import { whole } from './cell.ts';
import { type Context, command } from './context.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { watching } from './list-watch.ts';
import { pageByName } from './natural-page.ts';
import { columns, type Table } from './table.ts';

export const clusterList = command({
  name: 'list',
  summary: 'List all clusters, or the selected ones; a table has their hosts and what runs on them',
  arguments: {},
  options: listOptions,
  examples: ['commctl cluster list', "commctl cluster list --filter 'hosts.unavailable=Gt(0)'"],
  async handler(context, given) {
    const query = listQuery(given);
    const show = (context: Context) => showClusters(context, query);
    return watching(context, { watch: given.watch, filter: ['cluster', 'host', 'operation'], show });
  },
});

async function showClusters(context: Context, query: ListQuery): Promise<number> {
  const client = await context.connect();
  if (context.format !== 'table') {
    const names = await pageByName(
      query,
      (asked) => client.clusters.page(asked),
      (name) => name,
    );
    return printPage(context, names, { plural: 'clusters' });
  }
  const page = await pageByName(
    query,
    (asked) => client.clusters.details(asked),
    ({ name }) => name,
  );
  const running = page.records.length === 0 ? [] : await ongoing(client);
  return printPage(context, page, { plural: 'clusters', table: (clusters) => clusterTable(clusters, running) });
}

/** One line per cluster. */
export function clusterTable(clusters: readonly ClusterView[], running: readonly Operation[]): Table {
  const byCluster = Map.groupBy(running, clusterOf);
  const lines = columns<ClusterView>(
    {
      NAME: ({ name }) => whole(name),
      STATUS: ({ status }) => whole(status),
      HOSTS: ({ hosts }) => String(hosts.total),
      AVAILABLE: ({ hosts }) => String(hosts.available),
      RUNNING: ({ name }) => (byCluster.get(name) ?? []).map(progressOf).join(', '),
      NETWORK: ({ network }) => whole(network),
      'CONTAINER MANAGER': ({ container_manager }) => whole(container_manager),
    },
    { RUNNING: 1, 'CONTAINER MANAGER': 2, NETWORK: 3 },
  );
  return lines(clusters);
}

/** The operations that have not ended; none for a caller who may not read them. */
async function ongoing({ operations }: Client): Promise<Operation[]> {
  const where = { status: 'In(in_process,paused,waiting)' };
  const { records } = await operations.page({ where, limit: 1000 }).catch((error) => {
    if (error instanceof ProblemError) return { records: [] };
    throw error;
  });
  return records;
}

function clusterOf({ cluster, target }: Operation): string | undefined {
  return cluster === '' ? /^cluster:([\w-]+)$/.exec(target)?.[1] : cluster;
}

/** `upgrade 12 of 31`, `restart 0 of 3 (paused)`. */
function progressOf({ kind, status, counts }: Operation): string {
  const { pending = 0, running = 0 } = counts;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `${kind} ${total - pending - running} of ${total}${status === 'in_process' ? '' : ` (${status})`}`;
}
