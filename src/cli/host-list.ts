import { command } from './context.ts';
import { hostTable } from './host-table.ts';
import { print } from './output.ts';
import { UsageError } from './usage-error.ts';

const options = {
  target: { type: 'text', placeholder: 'EXPRESSION', summary: 'only the hosts of this target' },
  status: { type: 'text', placeholder: 'CONDITION', summary: 'only hosts of this status' },
  os: { type: 'text', placeholder: 'CONDITION', summary: 'only hosts with this system' },
  filter: {
    type: 'list',
    placeholder: 'MEMBER=CONDITION',
    summary: 'only hosts whose member meets it: VALUE with * and ?, Ne(V), Gte(V), Between(V,W), In(V,W); repeatable',
  },
  sort: {
    type: 'text',
    placeholder: 'MEMBERS',
    summary: 'order by these members, comma-separated; -MEMBER from the top',
  },
  limit: { type: 'integer', minimum: 1, placeholder: 'N', summary: 'no more than N' },
} as const;

export const hostList = command({
  name: 'list',
  summary: 'List all hosts, those that are asked for, or the addresses of the members of a cluster',
  arguments: { cluster: { summary: 'name of a cluster', optional: true } },
  options,
  examples: [
    'commctl host list',
    'commctl host list web',
    "commctl host list --target 'label:rack=3'",
    "commctl host list --status failed --filter 'cpus=Gte(8)' --sort=-memory --limit 5",
  ],
  async handler(context, { cluster, target, status, os, filter, sort, limit }) {
    const where = conditionsOf([...named('status', status), ...named('os', os), ...filter]);
    const asked = [target, sort, limit].some((value) => value !== undefined) || Object.keys(where).length > 0;
    if (cluster !== undefined && asked) {
      throw new UsageError('a cluster and the options do not go together', {
        hint: `write the cluster into the target: --target 'cluster:${cluster} & …'`,
      });
    }
    const client = await context.connect();
    if (cluster !== undefined) {
      return print(context, { value: await client.clusters.members(cluster), none: 'No hosts.' });
    }
    const { records, total } = await client.hosts.page({ target, where, sort, limit });
    const code = await print(context, { value: records, table: () => hostTable(records), none: 'No hosts.' });
    const isPart = records.length < total && context.format === 'table';
    if (isPart) await context.terminal.stderr.write(`${records.length} of ${total} hosts\n`);
    return code;
  },
});

function named(member: string, condition: string | undefined): string[] {
  return condition === undefined ? [] : [`${member}=${condition}`];
}

/** @throws UsageError */
function conditionsOf(words: readonly string[]): Record<string, string[]> {
  const conditions: Record<string, string[]> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const member = word.slice(0, Math.max(at, 0));
    if (!/^[a-z_]+(\..+)?$/.test(member) || /^(limit|offset|sort|reverse|target)$/.test(member)) {
      throw new UsageError(`--filter: "${word}" is not a condition`, { hint: 'write it as MEMBER=CONDITION' });
    }
    conditions[member] = [...(conditions[member] ?? []), word.slice(at + 1)];
  }
  return conditions;
}
