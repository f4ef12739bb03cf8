import { type Context, command, group } from './context.ts';
import { exitCode } from './exit-code.ts';
import { checkLines } from './formats.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { watching } from './list-watch.ts';
import { operationCommands } from './operation-command.ts';
import { printEnded, tellNext } from './operation-ended.ts';
import { hiddenNote, shownOnly } from './operation-hiding.ts';
import { journal } from './operation-journal.ts';
import { followedLog, partsOfLog } from './operation-log.ts';
import { followLogs, printLogs } from './operation-logs.ts';
import { idOfOperation, operationArgument } from './operation-reference.ts';
import { start } from './operation-start.ts';
import { operationColours, operationRecord, operationTable } from './operation-table.ts';
import { print } from './output.ts';
import { UsageError } from './usage-error.ts';
import { JsonProgress } from './wait/json-progress.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { progressOn, waitFor } from './wait/wait-for.ts';
import { waitTimeout } from './wait-options.ts';
import { raw, writeOutput } from './write-output.ts';

const id = operationArgument;

const list = command({
  name: 'list',
  summary: 'List operations, newest first',
  arguments: {},
  options: {
    cluster: {
      type: 'text',
      placeholder: 'NAME',
      completes: 'cluster',
      summary: 'only operations whose target is this cluster',
    },
    status: { type: 'text', placeholder: 'CONDITION', summary: 'only operations with this status' },
    failed: { type: 'flag', summary: 'only operations that ended with failed or unreachable hosts, or did nothing' },
    kind: { type: 'text', placeholder: 'CONDITION', summary: 'only operations of this kind' },
    all: { type: 'flag', summary: 'also those that the server started by itself, such as bootstraps of new hosts' },
    ...listOptions,
    limit: { ...listOptions.limit, maximum: 1000, summary: 'at most N; by default 100' },
  },
  examples: [
    'commctl operation list --cluster web --limit 5',
    "commctl operation list --failed --filter 'started_at=Gte(2026-01-02)'",
  ],
  async handler(context, { cluster, status, failed, kind, all, ...given }) {
    const outcome = failed ? 'In(failed,with_failures,skipped)' : undefined;
    const query = listQuery(given, { own: { target: onCluster(cluster), status, outcome, kind } });
    const shown = all ? query : shownOnly(query);
    const show = async (context: Context) => {
      const { operations } = await context.connect();
      const page = await operations.page(shown);
      const code = await printPage(context, page, {
        plural: 'operations',
        table: operationTable,
        colours: operationColours,
      });
      if (shown !== query) await context.terminal.stderr.write(await hiddenNote(operations, query, page.total));
      return code;
    };
    return watching(context, { watch: given.watch, filter: ['operation'], show });
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

const get = command({
  name: 'get',
  summary: 'Show an operation and the outcome of each host',
  arguments: { id },
  options: {},
  examples: ['commctl operation get 44', 'commctl operation get last:exec'],
  async handler(context, { id }) {
    const operation = await (await context.connect()).operations.get(await idOfOperation(context, id));
    return print(context, { value: operation, table: () => operationRecord(operation, context) });
  },
});

const log = command({
  name: 'log',
  summary: 'Print the output of the hosts in an operation',
  arguments: { id },
  options: {
    host: {
      type: 'text',
      placeholder: 'ADDRESS',
      completes: 'host',
      summary: 'only of this host, without its name before each line',
    },
    failed: { type: 'flag', summary: 'only of hosts that failed or were unreachable' },
    follow: { type: 'flag', short: 'f', summary: 'continue until the host, or the operation, has ended' },
    raw,
  },
  examples: [
    'commctl operation log 44',
    'commctl operation log --failed last',
    'commctl operation log --host 192.0.2.11 --follow 44',
  ],
  async handler(context, { id: reference, host, failed, follow, raw }) {
    if (host !== undefined && failed) {
      throw new UsageError('--host and --failed do not go together', { hint: 'leave out one of the two' });
    }
    const id = await idOfOperation(context, reference);
    if (host === undefined) {
      await (follow ? followLogs : printLogs)(context, { id, failed, raw });
      return exitCode.done;
    }
    const parts = follow ? followedLog(context, id, host) : partsOfLog(context, id, host);
    await writeOutput(context.terminal.stdout, parts, { raw });
    return exitCode.done;
  },
});

const watch = command({
  name: 'watch',
  summary: 'Watch an operation until it ends',
  arguments: { id },
  options: { timeout: waitTimeout },
  examples: ['commctl operation watch last'],
  async handler(context, { id, timeout }) {
    checkLines(context);
    const { stdout, stderr } = context.terminal;
    const progress = context.format === 'json' ? new JsonProgress(stdout, stderr) : progressOn(context, stdout);
    const ended = await waitFor(context, await idOfOperation(context, id), { progress, seconds: timeout });
    if (context.format !== 'json') await tellNext(context, ended);
    return exitCodeOf(ended);
  },
});

const wait = command({
  name: 'wait',
  summary: 'Wait until an operation ends and print it, over restarts of the server',
  arguments: { id },
  options: { timeout: waitTimeout },
  examples: ['commctl operation wait last', 'commctl operation wait 44 --timeout 10m'],
  async handler(context, { id, timeout }) {
    return printEnded(context, await waitFor(context, await idOfOperation(context, id), { seconds: timeout }));
  },
});

export const operation = group(
  'operation',
  'Operations on hosts, past and running',
  [start, list, get, watch, wait, log, journal, ...operationCommands],
  ['op'],
);
