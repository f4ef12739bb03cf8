import type { LogLine, LogQuery } from '../client/logs.ts';
import { logLevels, logModules } from '../config/log-levels.ts';
import { type Context, command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { checkLines } from './formats.ts';
import { print } from './output.ts';
import { Patience } from './patience.ts';
import { printable } from './printable.ts';
import { dated, type Zone, zoneOf } from './times.ts';

/** Milliseconds before connecting again. */
const pause = 1000;

export const logs = command({
  name: 'logs',
  summary: "Show the newest lines of the server's log; with --follow also each new one",
  arguments: {},
  options: {
    follow: { type: 'flag', short: 'f', summary: 'go on with each new line, over restarts of the server' },
    level: { type: 'text', choices: [...logLevels], summary: 'only lines of this level and above' },
    module: { type: 'text', choices: [...logModules], summary: 'only lines of this module' },
    request: { type: 'text', placeholder: 'ID', summary: 'only lines that this request caused' },
    operation: { type: 'text', placeholder: 'ID', summary: 'only lines that this operation caused' },
    token: { type: 'text', placeholder: 'WORD', summary: 'only lines of requests with this X-Log-Token' },
    since: { type: 'text', placeholder: 'TIME', summary: 'only from that time on: 2026-01-31T12:30:00Z' },
    limit: { type: 'integer', minimum: 1, maximum: 10_000, placeholder: 'N', summary: 'at most N; by default 200' },
  },
  examples: ['commctl server logs --level warn', 'commctl server logs -f --module ssh'],
  async handler(context, { follow, request: requestId, token: logToken, ...others }) {
    const query = { ...others, requestId, logToken };
    if (follow) return followLogs(context, query);
    const lines = await (await context.connect()).logs.list(query);
    const zone = zoneOf(context.terminal);
    return print(context, {
      value: lines,
      table: () => lines.map((line) => lineOf(line, zone)),
      none: 'No lines.',
    });
  },
});

async function followLogs(context: Context, query: LogQuery): Promise<number> {
  checkLines(context);
  const { terminal, format } = context;
  const { signal } = new AbortController();
  for await (const line of linesOf(context, query, signal)) {
    const text = format === 'json' ? JSON.stringify(line) : lineOf(line, zoneOf(terminal));
    // The reader has closed the output.
    if (!(await terminal.stdout.write(`${text}\n`))) break;
  }
  return exitCode.done;
}

/** Without end, across lost connections. After a restart the numbers of the lines begin again. */
async function* linesOf({ connect, terminal, clock }: Context, query: LogQuery, signal: AbortSignal) {
  const client = await connect();
  const patience = new Patience(clock);
  for (let after = query.after; ; await clock.sleep(pause, signal)) {
    const attempt = await patience.attempt(() => client.logs.follow({ ...query, after }, signal));
    if (attempt.kind === 'lost') {
      if (attempt.isFirst) await terminal.stderr.write(`${attempt.note}\n`);
      after = 0;
      continue;
    }
    try {
      for await (const line of attempt.value) {
        after = line.line;
        yield line;
      }
    } catch {
      signal.throwIfAborted();
    }
  }
}

function lineOf({ line: _, time, level, module, msg, ...details }: LogLine, zone: Zone): string {
  const { pid: _pid, hostname: _host, ...members } = details;
  const from = module === undefined ? '' : `${module}: `;
  const more = Object.keys(members).length === 0 ? '' : `  ${JSON.stringify(members)}`;
  return printable(`${dated(time, zone)}  ${level.toUpperCase().padEnd(5)}  ${from}${msg}${more}`);
}
