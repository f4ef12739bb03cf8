import type { ShownOption } from '../../config/shown.ts';
import { whole } from '../cell.ts';
import { commandsWith } from '../command.ts';
import type { Command } from '../declaration.ts';
import { exitCode } from '../exit-code.ts';
import { type Format, formats } from '../formats.ts';
import { print, type View } from '../output.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { output } from './output-option.ts';
import { givenFlags, serverFlagOptions } from './server-flags.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const show: Command<{ terminal: Terminal }> = {
  kind: 'command',
  name: 'show',
  summary: 'Show the value of each option of the server, as for `serve` with the same flags',
  arguments: {},
  options: {
    origin: { type: 'flag', summary: 'also show where each value comes from' },
    output,
    ...serverFlagOptions,
  },
  examples: [
    'commissaire config show',
    'commissaire config show --origin --data-dir /var/lib/commissaire',
    'commissaire config show -o json',
  ],
  async run({ terminal }, values) {
    const { showConfiguration } = await import('../../config/shown.ts');
    const { origin, output, ...flags } = values;
    const shown = showConfiguration({ flags: givenFlags(flags), environment: terminal.environment });
    const view = origin === true ? withOrigins(shown) : withoutOrigins(shown);
    return print({ terminal, format: formatOf(output) }, view);
  },
};

function withoutOrigins(shown: readonly ShownOption[]): View {
  return {
    value: Object.fromEntries(shown.map(({ name, value }) => [name, value ?? null])),
    table: () => table(shown.map(({ name, value }) => [whole(name), whole(textOf(value))])),
  };
}

function withOrigins(shown: readonly ShownOption[]): View {
  return {
    value: Object.fromEntries(shown.map(({ name, value, origin }) => [name, { value: value ?? null, origin }])),
    table: () => table(shown.map(({ name, value, origin }) => [whole(name), whole(textOf(value)), origin])),
  };
}

/** The parser accepts no other value. */
function formatOf(output: unknown): Format {
  return formats.find((format) => format === output) ?? 'table';
}

const check = command({
  name: 'check',
  summary: 'Report all faults of a configuration file, with line and column; exit with 1 if there are any',
  arguments: { file: { summary: 'the file, or - for stdin' } },
  options: {},
  examples: [
    'commissaire config check /etc/commissaire/commissaire.conf',
    'commissaire config check - < commissaire.conf',
  ],
  async handler({ terminal }, { file }) {
    const { checkConfigurationFile } = await import('../../server/check-configuration.ts');
    const { faults, notes, source } = await checkConfigurationFile(file);
    await terminal.stderr.write(notes.map((note) => `note: ${note}\n`).join(''));
    if (faults.length === 0) {
      await terminal.stdout.write(`${source}: no faults\n`);
      return exitCode.done;
    }
    await terminal.stdout.write(faults.map((fault) => `${fault}\n`).join(''));
    await terminal.stderr.write(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}\n`);
    return exitCode.failed;
  },
});

export const config = group('config', 'Show and check the configuration of the server', [show, check]);

function textOf(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
