import { command, group } from './context.ts';
import { exitCode } from './exit-code.ts';
import { checkLines } from './formats.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { operationCommands } from './operation-command.ts';
import { printEnded, tellNext } from './operation-ended.ts';
import { journal } from './operation-journal.ts';
import { followedLog, partsOfLog } from './operation-log.ts';
import { start } from './operation-start.ts';
import { operationColours, operationRecord, operationTable } from './operation-table.ts';
import { print } from './output.ts';
import { JsonProgress } from './wait/json-progress.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { progressOn, waitFor } from './wait/wait-for.ts';
import { raw, writeOutput } from './write-output.ts';

const id = { summary: 'id of the operation, as `commctl operation list` shows it' };

const list = command({
  name: 'list',
  summary: 'List operations, newest first',
  arguments: {},
  options: {
    cluster: { type: 'text', placeholder: 'NAME', summary: 'only operations whose target is this cluster' },
    status: { type: 'text', placeholder: 'CONDITION', summary: 'only operations with this status' },
    failed: { type: 'flag', summary: 'only operations that ended with failed or unreachable hosts, or did nothing' },
    kind: { type: 'text', placeholder: 'CONDITION', summary: 'only operations of this kind' },
    ...listOptions,
    limit: { ...listOptions.limit, maximum: 1000, summary: 'at most N; by default 100' },
  },
  examples: [
    'commctl operation list --cluster web --limit 5',
    "commctl operation list --failed --filter 'started_at=Gte(2026-01-02)'",
  ],
  async handler(context, { cluster, status, failed, kind, ...given }) {
    const outcome = failed ? 'In(failed,with_failures,skipped)' : undefined;
    const query = listQuery(given, { own: { target: onCluster(cluster), status, outcome, kind } });
    const page = await (await context.connect()).operations.page(query);
    return printPage(context, page, { plural: 'operations', table: operationTable, colours: operationColours });
  },
});

/** The condition on the target for a condition on the cluster: `exec` and `copy` have only a target. */
function onCluster(condition: string | undefined): string | undefined {
  if (condition === undefined) return undefined;
  const [, operator, operands = ''] = /^([A-Z][A-Za-z]*)\((.*)\)$/.exec(condition) ?? [];
  if (operator === undefined) return `cluster:${condition}`;
  return `${operator}(${operands
    .split(',')
    .map((name) => `cluster:${name}`)
    .join(',')})`;
}

const show = command({
  name: 'show',
  summary: 'Show an operation and the outcome of each host',
  arguments: { id },
  options: {},
  examples: ['commctl operation show 0197c0de-0000-7000-8000-000000000000'],
  async handler(context, { id }) {
    const operation = await (await context.connect()).operations.get(id);
    return print(context, { value: operation, table: () => operationRecord(operation, context) });
  },
});

const log = command({
  name: 'log',
  summary: 'Print the output of a host in an operation',
  arguments: { id },
  options: {
    host: { type: 'text', required: true, placeholder: 'ADDRESS', summary: 'address of the host' },
    follow: { type: 'flag', summary: 'continue until the host is done' },
    raw,
  },
  examples: ['commctl operation log --host 192.0.2.11 --follow 0197c0de-0000-7000-8000-000000000000'],
  async handler(context, { id, host, follow, raw }) {
    const parts = follow ? followedLog(context, id, host) : partsOfLog(context, id, host);
    await writeOutput(context.terminal.stdout, parts, { raw });
    return exitCode.done;
  },
});

const watch = command({
  name: 'watch',
  summary: 'Watch an operation until it ends',
  arguments: { id },
  options: {},
  examples: ['commctl operation watch 0197c0de-0000-7000-8000-000000000000'],
  async handler(context, { id }) {
    checkLines(context);
    const { stdout, stderr } = context.terminal;
    const progress = context.format === 'json' ? new JsonProgress(stdout, stderr) : progressOn(context, stdout);
    const ended = await waitFor(context, id, progress);
    if (context.format !== 'json') await tellNext(context, ended);
    return exitCodeOf(ended);
  },
});

const wait = command({
  name: 'wait',
  summary: 'Wait until an operation ends and print it, over restarts of the server',
  arguments: { id },
  options: {},
  examples: ['commctl operation wait 0197c0de-0000-7000-8000-000000000000'],
  async handler(context, { id }) {
    return printEnded(context, await waitFor(context, id));
  },
});

export const operation = group('operation', 'Operations on hosts, past and running', [
  start,
  list,
  show,
  watch,
  wait,
  log,
  journal,
  ...operationCommands,
]);
