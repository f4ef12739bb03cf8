import { hostname } from 'node:os';
import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { replacePrivateFile } from '../replace-private-file.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { configFile, dataDir } from './place-options.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const bundle = command({
  name: 'bundle',
  summary: 'Collect what helps to find a fault into one file, without secrets; it says what is in it first',
  arguments: {},
  options: {
    to: {
      type: 'text',
      placeholder: 'FILE',
      summary: 'the file to write, or - for stdout; a new one here if not given',
    },
    dataDir,
    configFile,
    logFile: {
      type: 'text',
      placeholder: 'FILE',
      summary: 'the log of the server, when it is not in the journal of systemd',
    },
  },
  examples: ['commissaire debug bundle', 'commissaire debug bundle --to - >bundle.tar.gz'],
  async handler({ terminal }, { to, dataDir, configFile, logFile }) {
    const { announcement } = await import('../../upkeep/bundle/bundle.ts');
    const { debugBundle } = await import('../../server/debug-bundle.ts');
    if (to === '-' && terminal.stdout.isTerminal) {
      throw new UsageError('the bundle is not text for a terminal', { hint: 'name a file with --to, or use a pipe' });
    }
    await terminal.stderr.write(`${announcement().join('\n')}\n`);
    const flags = {
      ...(dataDir === undefined ? {} : { 'data-dir': dataDir }),
      ...(configFile === undefined ? {} : { 'config-file': configFile }),
    };
    const { bytes, missing } = await debugBundle({ flags, environment: terminal.environment }, logFile);
    await terminal.stderr.write(missing.map((line) => `not in it: ${line}\n`).join(''));
    if (to === '-') {
      await terminal.stdout.write(bytes);
      return exitCode.done;
    }
    const file = to ?? `commissaire-debug-${hostname()}.tar.gz`;
    await replacePrivateFile(file, bytes);
    await terminal.stdout.write(`${file}\n`);
    return exitCode.done;
  },
});

export const debug = group('debug', 'Help for those who look for a fault', [bundle]);
