import type { ServerChecks, ServerInfo } from '../client/system.ts';
import { shownDuration } from '../lib/durations.ts';
import { command, group } from './context.ts';
import { exitCode } from './exit-code.ts';
import { print } from './output.ts';
import { logs } from './server-logs.ts';
import { type Table, table } from './table.ts';

const info = command({
  name: 'info',
  summary: 'Show version, features, counts and limits of the server',
  arguments: {},
  options: {},
  examples: ['commctl server info', 'commctl server info -o json'],
  async handler(context) {
    const value = await (await context.connect()).system.info();
    return print(context, { value, table: () => infoTable(value) });
  },
});

const status = command({
  name: 'status',
  summary: 'Show every check of the server; exit with 1 when one fails',
  arguments: {},
  options: {},
  examples: ['commctl server status', 'commctl server status -o json'],
  async handler(context) {
    const value = await (await context.connect()).system.checks();
    await print(context, { value, table: () => statusTable(value) });
    return value.ready ? exitCode.done : exitCode.failed;
  },
});

export const server = group('server', 'The server itself: what it is, how it is, its log', [info, status, logs]);

function infoTable({ features, counts, limits, uptime_seconds, ...rest }: ServerInfo): Table {
  const numbers = (prefix: string, of: Readonly<Record<string, number>>) =>
    Object.entries(of).map(([name, value]) => [`${prefix}.${name}`, String(value)] as const);
  const members = Object.entries(rest).map(([name, value]) => [name, [value].flat().join(', ')] as const);
  return table([
    ...members,
    ['uptime', shownDuration(uptime_seconds)],
    ['features', features.join(', ')],
    ...numbers('counts', counts),
    ...numbers('limits', limits),
  ]);
}

function statusTable({ checks, ready, version }: ServerChecks): Table {
  const rows = checks.map(({ name, ok, reason }) => [name, ok ? 'ok' : 'failed', reason]);
  const all = ready ? `version ${version} is ready` : `version ${version} is not ready`;
  return table([['CHECK', 'STATE', 'REASON'], ...rows, ['server', ready ? 'ok' : 'failed', all]]);
}
