import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

const { command } = commandsWith<{ terminal: Terminal }>();

export const init = command({
  name: 'init',
  summary: 'Make a first configuration, with an administrator whose password is shown once',
  arguments: {},
  options: {
    dataDir: {
      type: 'text',
      placeholder: 'DIR',
      summary: 'directory of the store, made if need be ($COMMISSAIRE_DATA_DIR)',
    },
  },
  examples: ['commissaire init', 'commissaire init --data-dir ~/commissaire'],
  async handler({ terminal }, { dataDir }) {
    const { initialise } = await import('../../server/init.ts');
    const made = await initialise({ dataDir, environment: terminal.environment });
    const lines = [
      `configuration: ${made.configurationFile}`,
      `data directory: ${made.dataDir}`,
      `username: ${made.username}`,
      `password: ${made.password}`,
      '',
      'The password is not shown again. Start the server with:',
      `  ${made.serveCommand}`,
    ];
    await terminal.stdout.write(`${lines.join('\n')}\n`);
    return exitCode.done;
  },
});
