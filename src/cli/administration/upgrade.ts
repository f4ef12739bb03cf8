import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const { command } = commandsWith<{ terminal: Terminal }>();

export const upgrade = command({
  name: 'upgrade',
  summary: 'Install the newest release in place of this file, and restart the service',
  brief: 'Install the newest release, or go back to the previous version',
  arguments: {},
  options: {
    check: {
      type: 'flag',
      summary: 'only print the installed and the available version; exit with 10 when they differ',
    },
    rollback: { type: 'flag', summary: 'put the previous version back' },
    restoreSnapshot: {
      type: 'flag',
      summary: 'with --rollback: also put the store back as it was before the upgrade',
    },
    canOpen: { type: 'flag', summary: 'only say whether this version can open the store; exit with 1 if it cannot' },
    dataDir: { type: 'text', placeholder: 'DIR', summary: 'with --can-open: the data directory of that store' },
  },
  examples: ['commissaire upgrade', 'commissaire upgrade --check', 'commissaire upgrade --rollback'],
  async handler({ terminal }, { check, rollback, restoreSnapshot, canOpen, dataDir }) {
    if ([check, rollback, canOpen].filter(Boolean).length > 1)
      throw new UsageError('give one of --check, --rollback and --can-open');
    if (restoreSnapshot && !rollback) throw new UsageError('--restore-snapshot needs --rollback');
    if (dataDir !== undefined && !canOpen) throw new UsageError('--data-dir needs --can-open');
    if (canOpen) return sayWhetherItOpens(terminal, dataDir);
    const { runInstallScript } = await import('../../server/installation/run-install-script.ts');
    const words = { '--check': check, '--rollback': rollback, '--restore-snapshot': restoreSnapshot };
    return runInstallScript(
      Object.entries(words).flatMap(([word, given]) => (given ? [word] : [])),
      terminal.environment,
    );
  },
});

async function sayWhetherItOpens(terminal: Terminal, dataDir: string | undefined): Promise<number> {
  const { checkStoreOpens } = await import('../../server/installation/store-fit.ts');
  await checkStoreOpens({ dataDir, environment: terminal.environment });
  await terminal.stdout.write('this version can open the store\n');
  return exitCode.done;
}
