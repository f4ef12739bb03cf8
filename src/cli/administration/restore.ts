import type { RestoreOutcome } from '../../upkeep/backup/restore.ts';
import { commandsWith } from '../command.ts';
import type { Command } from '../declaration.ts';
import { exitCode } from '../exit-code.ts';
import { readPassphraseFile } from '../passphrase-file.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { backupSource, dataDir, passphraseFile } from './backup-options.ts';
import { Progress } from './progress.ts';

const { command } = commandsWith<{ terminal: Terminal }>();

export const restore: Command<{ terminal: Terminal }> = command({
  name: 'restore',
  summary: 'Replace the data directory by what is in a backup, after verifying every byte of it',
  brief: 'Go back to a backup, or to the snapshot before an upgrade',
  arguments: { file: { summary: 'the backup, or - for stdin', file: true, optional: true } },
  options: {
    dataDir,
    passphraseFile,
    dryRun: { type: 'flag', summary: 'verify it, say what would be done, and change nothing' },
    snapshot: {
      type: 'text',
      placeholder: 'NAME',
      summary: 'instead of a backup: the snapshot that an upgrade made, in snapshots/ of the data directory',
    },
  },
  examples: [
    'commissaire restore jump1.backup --dry-run',
    'commissaire restore jump1.backup --data-dir /var/lib/commissaire',
    'commissaire restore --snapshot before-1.2.0-2026-11-30T05-40-00',
  ],
  async handler({ terminal }, { file, dataDir, passphraseFile, dryRun, snapshot }) {
    const place = { dataDir, environment: terminal.environment };
    const { checkRestore, restore, restoreFromSnapshot } = await import('../../server/restore.ts');
    const say = (lines: readonly string[]) => terminal.stdout.write(`${lines.join('\n')}\n`);
    if ((file === undefined) === (snapshot === undefined)) {
      throw new UsageError('one backup or one snapshot is restored', {
        hint: 'name a file, or a snapshot with --snapshot',
      });
    }
    if (snapshot !== undefined) {
      if (dryRun) throw new UsageError('--dry-run is for backups', { hint: 'leave it out: the old directory is kept' });
      const { dataDir, kept } = await restoreFromSnapshot(place, snapshot);
      await say([`restored the snapshot ${snapshot} in ${dataDir}`, ...oldLine(kept), ...afterwards]);
      return exitCode.done;
    }
    const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile, terminal);
    const source = new Progress(terminal).over(backupSource(file ?? '-'));
    if (dryRun) {
      const { manifest, dataDir } = await checkRestore({ place, source, passphrase });
      await say([`the backup of ${manifest.host} at ${manifest.created_at} is whole, and would replace ${dataDir}`]);
      return exitCode.done;
    }
    await say(linesOf(await restore({ place, source, passphrase })));
    return exitCode.done;
  },
});

function linesOf({
  backup: { manifest },
  dataDir,
  kept,
  movedPaths,
  outside,
}: RestoreOutcome & { dataDir: string }): string[] {
  const files = outside.filter(({ state }) => state !== 'same');
  return [
    `restored the backup of ${manifest.host} at ${manifest.created_at} in ${dataDir}`,
    ...oldLine(kept),
    ...(movedPaths ? [`the paths in commissaire.conf lead to ${dataDir} now, instead of ${manifest.data_dir}`] : []),
    ...(manifest.master_key === 'left_out' ? [`the backup has no master key: put it into ${dataDir}/master.key`] : []),
    ...(manifest.master_key === 'wrapped'
      ? ['the server needs the passphrase of the master key, which is in no backup']
      : []),
    ...manifest.left_out.map(({ path, why }) => `not in the backup: ${path}: ${why}`),
    ...files.map(
      ({ path, copy, state }) =>
        `${path} ${state === 'missing' ? 'is missing' : 'differs'}: install -m 600 ${copy} ${path}`,
    ),
    ...afterwards,
  ];
}

function oldLine(kept: string | undefined): string[] {
  return kept === undefined ? [] : [`the data directory of before is ${kept}; remove it when nothing of it is missing`];
}

/** What to know about a server that has gone back in time. */
const afterwards = [
  'Before you start the server:',
  '- stop any other server with this data: two must not work on the same machines',
  '- operations that ran when the backup was made are ended at the start; look at their hosts, and start them again',
  '- tokens, users and roles are as they were: revoke again what was revoked since',
];
