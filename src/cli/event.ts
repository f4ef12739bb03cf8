import { Deadline } from '../lib/deadline.ts';
import { shownDuration } from '../lib/durations.ts';
import type { StoredEvent } from '../store/contract.ts';
import { type Context, command, group } from './context.ts';
import { followEvents } from './event-follow.ts';
import { exitCode } from './exit-code.ts';
import { checkLines } from './formats.ts';
import { print } from './output.ts';
import { printable } from './printable.ts';
import { dated, type Zone, zoneOf } from './times.ts';
import { UsageError } from './usage-error.ts';
import { WaitTimedOut } from './wait-timed-out.ts';

const filter = { summary: 'type.action.key, with * for any part; parts may be left out at the end' };
const since = { type: 'integer', minimum: 0, placeholder: 'N', summary: 'only events after event N' } as const;

const list = command({
  name: 'list',
  summary: 'List events, oldest first; the newest ones without --since',
  arguments: { filter: { ...filter, optional: true, many: true } },
  options: {
    since,
    limit: { type: 'integer', minimum: 1, maximum: 1000, placeholder: 'N', summary: 'at most N; by default 100' },
  },
  examples: ['commctl event list operation --limit 5', 'commctl event list host.*.192.0.2.11 --since 0'],
  async handler(context, selection) {
    const events = await (await context.connect()).events.list(selection);
    const zone = zoneOf(context.terminal);
    return print(context, {
      value: events,
      table: () => events.map((event) => lineOf(event, zone)),
      none: 'No events.',
    });
  },
});

const watch = command({
  name: 'watch',
  summary: 'Print events as they happen, over restarts of the server',
  arguments: { filter: { ...filter, optional: true, many: true } },
  options: { since },
  examples: ['commctl event watch operation.failed host', 'commctl event watch --since 0'],
  async handler(context, selection) {
    checkLines(context);
    for await (const event of followEvents(context, selection, new AbortController().signal)) {
      if (!(await printLine(context, event))) break;
    }
    return exitCode.done;
  },
});

const wait = command({
  name: 'wait',
  summary: 'Wait for the first event that matches, and print it',
  arguments: { filter },
  options: {
    since,
    timeout: { type: 'duration', minimum: 1, maximum: 2_000_000, summary: 'stop waiting after this time' },
  },
  examples: ['commctl event wait operation.finished --timeout 10m'],
  async handler(context, { filter, since, timeout }) {
    checkLines(context);
    const timedOut = () => new WaitTimedOut(`no event ${filter} in ${shownDuration(timeout ?? 0)}`);
    using limit = timeout === undefined ? undefined : new Deadline(timeout * 1000, timedOut);
    const signal = limit?.signal ?? new AbortController().signal;
    for await (const event of followEvents(context, { filter: [filter], since }, signal)) {
      await printLine(context, event);
      return exitCode.done;
    }
    return exitCode.failed;
  },
});

const post = command({
  name: 'post',
  summary: 'Post an event of your own',
  arguments: { type: { summary: 'user, or a word that begins with user_' } },
  options: {
    action: { type: 'text', placeholder: 'WORD', summary: 'what happened; by default posted' },
    key: { type: 'text', placeholder: 'TEXT', summary: 'what the event is about' },
    data: { type: 'text', placeholder: 'JSON', summary: 'an object with further data' },
  },
  examples: ['commctl event post user_release --action begun --key web --data {"version":"2.1"}'],
  async handler(context, { type, action, key, data }) {
    const body = { type, action, key, data: data === undefined ? undefined : objectOf(data) };
    return print(context, { value: await (await context.connect()).events.post(body) });
  },
});

export const event = group('event', 'Events: what has changed', [list, watch, wait, post]);

/** False when the reader has closed the output. */
function printLine({ terminal, format }: Context, event: StoredEvent): Promise<boolean> {
  return terminal.stdout.write(`${format === 'json' ? JSON.stringify(event) : lineOf(event, zoneOf(terminal))}\n`);
}

function lineOf({ sequence, at, type, action, key, data }: StoredEvent, zone: Zone): string {
  const more = data === undefined ? '' : `  ${JSON.stringify(data)}`;
  return printable(`${sequence}  ${dated(at, zone)}  ${type}.${action}.${key}${more}`);
}

function objectOf(text: string): Record<string, unknown> {
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError('--data is not a JSON object', { hint: 'write --data \'{"version": "2.1"}\'' });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
