import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const { command } = commandsWith<{ terminal: Terminal }>();

export const print = command({
  name: 'print',
  summary: 'Print a file of an installation, such as its systemd unit, as this build has it',
  brief: 'Print a file of an installation, such as its systemd unit',
  arguments: {
    file: {
      summary:
        'systemd-unit, openrc, uninstall, environment, sysusers, tmpfiles, hooks-drop-in (what a drop-in can open for hooks), or install-script',
    },
  },
  options: {
    executable: { type: 'text', placeholder: 'FILE', summary: 'path of the installed file; this one if not given' },
    dataDir: {
      type: 'text',
      placeholder: 'DIR',
      summary: 'data directory of the server',
      default: '/var/lib/commissaire',
    },
  },
  examples: [
    'commissaire print systemd-unit',
    'commissaire print hooks-drop-in',
    'commissaire print openrc --executable /usr/bin/commissaire',
  ],
  async handler({ terminal }, { file, executable = process.execPath, dataDir }) {
    const { isPrintable, printables, printed } = await import('../../server/installation/printed.ts');
    if (!isPrintable(file))
      throw new UsageError(`there is no file "${file}" to print`, { hint: `there are ${printables.join(', ')}` });
    await terminal.stdout.write(printed(file, { executable, dataDir }));
    return exitCode.done;
  },
});
