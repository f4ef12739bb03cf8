import { commandsWith } from '../command.ts';
import type { Command } from '../declaration.ts';
import { exitCode } from '../exit-code.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { givenFlags, serverFlagOptions } from './server-flags.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const show: Command<{ terminal: Terminal }> = {
  kind: 'command',
  name: 'show',
  summary: 'Show what counts for each option of the server, as `serve` with the same flags would have it',
  arguments: {},
  options: {
    origin: { type: 'flag', summary: 'also show where each value comes from' },
    ...serverFlagOptions,
  },
  examples: ['commissaire config show', 'commissaire config show --origin --data-dir /var/lib/commissaire'],
  async run({ terminal }, values) {
    const { showConfiguration } = await import('../../config/shown.ts');
    const { origin: withOrigin, ...flags } = values;
    const shown = showConfiguration({ flags: givenFlags(flags), environment: terminal.environment });
    const rows = shown.map(({ name, value, origin }) => {
      return withOrigin === true ? [name, textOf(value), origin] : [name, textOf(value)];
    });
    await terminal.stdout.write(
      table(rows)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return exitCode.done;
  },
};

const check = command({
  name: 'check',
  summary: 'Tell all faults of a configuration file, with line and column; exit code 1 when there are any',
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

export const config = group('config', 'The configuration of the server: what counts, and whether a file is sound', [
  show,
  check,
]);

function textOf(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
