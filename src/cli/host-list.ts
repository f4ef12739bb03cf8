import type { HostQuery } from '../client/hosts.ts';
import { inAddressOrder } from '../lib/address-order.ts';
import { type Context, command } from './context.ts';
import { hostTable } from './host-table.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { watching } from './list-watch.ts';
import { membershipsOf } from './memberships.ts';
import { pageByAddress } from './natural-page.ts';
import { print } from './output.ts';
import { narrowed, selector } from './selector.ts';
import { UsageError } from './usage-error.ts';

const options = {
  target: { type: 'text', placeholder: 'EXPRESSION', completes: 'target', summary: 'only the hosts of this target' },
  selector,
  status: { type: 'text', placeholder: 'CONDITION', summary: 'only hosts with this status' },
  os: { type: 'text', placeholder: 'CONDITION', summary: 'only hosts with this operating system' },
  name: { type: 'text', placeholder: 'CONDITION', summary: 'only hosts with this name' },
  ...listOptions,
} as const;

export const hostList = command({
  name: 'list',
  summary: 'List all hosts, the selected ones, or the addresses of the members of a cluster',
  arguments: { cluster: { summary: 'name of a cluster', optional: true, completes: 'cluster' } },
  options,
  examples: [
    'commctl host list',
    'commctl host list web',
    "commctl host list --target 'label:rack=3'",
    "commctl host list --status failed --filter 'cpus=Gte(8)' --sort=-memory --limit 5",
  ],
  async handler(context, { cluster, target: expression, selector, status, os, name, watch, ...given }) {
    const target = narrowed(expression, selector);
    const query = { target, ...listQuery(given, { own: { status, os, name }, others: ['target'] }) };
    const { where, ...others } = query;
    const asked = Object.values(others).some((value) => value !== undefined) || Object.keys(where ?? {}).length > 0;
    if (cluster !== undefined && asked) {
      throw new UsageError('a cluster and the options do not go together', {
        hint: `write the cluster into the target: --target 'cluster:${cluster} & …'`,
      });
    }
    const show = (context: Context) => showHosts(context, { cluster, query });
    return watching(context, { watch, filter: ['host', 'cluster'], show });
  },
});

interface Shown {
  readonly cluster: string | undefined;
  readonly query: HostQuery;
}

async function showHosts(context: Context, { cluster, query }: Shown): Promise<number> {
  const client = await context.connect();
  if (cluster !== undefined) {
    const members = inAddressOrder(await client.clusters.members(cluster), (address) => address);
    return print(context, { value: members, none: 'No hosts.' });
  }
  const page = await pageByAddress(
    query,
    (asked) => client.hosts.page(asked),
    ({ address }) => address,
  );
  const shown = context.format === 'table' ? page.records.map(({ address }) => address) : [];
  const memberships = await membershipsOf(client, shown);
  return printPage(context, page, { plural: 'hosts', table: (hosts) => hostTable(hosts, memberships) });
}
