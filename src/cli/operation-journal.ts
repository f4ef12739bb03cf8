import type { NumberedEntry } from '../operations/operation-views.ts';
import { type Context, command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { checkLines } from './formats.ts';
import { idOfOperation, operationArgument } from './operation-reference.ts';
import { handshakes } from './operation-table.ts';
import { answerOf } from './patience.ts';
import { printable } from './printable.ts';
import { dated, type Zone, zoneOf } from './times.ts';
import { namesOf } from './wait/names.ts';

export const journal = command({
  name: 'journal',
  summary: 'Print the journal of an operation: decisions, commands, starts and outcomes',
  arguments: { id: operationArgument },
  options: { follow: { type: 'flag', summary: 'continue until the operation has ended' } },
  examples: ['commctl operation journal --follow last'],
  async handler(context, { id: reference, follow }) {
    checkLines(context);
    const id = await idOfOperation(context, reference);
    const { terminal, clock } = context;
    const { operations } = await context.connect();
    for (let after: number | undefined; ; ) {
      const entries = await answerOf(context, () => operations.journal(id, after));
      if (entries.length > 0 && !(await terminal.stdout.write(linesOf(context, entries)))) return exitCode.done;
      const last = entries.at(-1);
      if (last === undefined && !follow) return exitCode.done;
      if (entries.some(({ type }) => type === 'operation_ended')) return exitCode.done;
      if (last === undefined) await clock.sleep(pollInterval);
      else after = last.sequence;
    }
  },
});

const pollInterval = 1000;

function linesOf({ format, terminal }: Context, entries: readonly NumberedEntry[]): string {
  return entries
    .map((entry) => `${format === 'json' ? JSON.stringify(entry) : lineOf(entry, zoneOf(terminal))}\n`)
    .join('');
}

/** The number, time and host of an entry, what happened, and details. */
export function lineOf(entry: NumberedEntry, zone: Zone): string {
  const { sequence, at, type, ...more } = entry;
  const host = 'host' in entry ? `  ${entry.host}` : '';
  const said = Object.entries({ ...more, ...inWords(entry) });
  const words = said.flatMap(([name, value]) => wordsOf(name, value));
  return printable(`${sequence}  ${dated(at, zone)}${host}  ${type}  ${words.join(', ')}`);
}

/** The objects of an entry as readable text. */
function inWords(entry: NumberedEntry): Record<string, string> {
  if (entry.type === 'host_ended') return { error: entry.error?.message ?? '' };
  return entry.type === 'operation_ended' ? { handshake_window: handshakes(entry.handshake_window) } : {};
}

/** Leaves out members that are false. */
function wordsOf(name: string, value: unknown): string[] {
  if (name === 'host' || value === null || value === '' || value === false) return [];
  if (name === 'hosts' && Array.isArray(value)) return [namesOf(value.map(String))];
  return [`${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`];
}
