import { join } from 'node:path';
import { connect } from '../../client/connect.ts';
import { AppError } from '../../lib/errors.ts';
import type { RunningServer } from '../../server/backup.ts';
import type { BackupRecord } from '../../upkeep/backup/directory.ts';
import { whole } from '../cell.ts';
import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { readPassphraseFile } from '../passphrase-file.ts';
import { columns } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { backupSource, dataDir, passphraseFile } from './backup-options.ts';
import { output } from './output-option.ts';
import { Progress } from './progress.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const create = command({
  name: 'create',
  summary: 'Make a backup of the server, whether it runs or not',
  arguments: {},
  options: {
    to: {
      type: 'text',
      placeholder: 'FILE',
      summary: 'a new file, a directory, or - for stdout; by default the directory of the backups of the server',
    },
    passphraseFile: { ...passphraseFile, summary: 'file with a passphrase that seals the backup, - for stdin' },
    withoutMasterKey: { type: 'flag', summary: 'leave the master key out; keep a copy of it elsewhere' },
    dataDir,
  },
  examples: [
    'commissaire backup create',
    'commissaire backup create --to /mnt/backups --passphrase-file passphrase',
    "commissaire backup create --to - | ssh backup@192.0.2.20 'cat >jump1.backup'",
  ],
  async handler({ terminal }, { to, passphraseFile, withoutMasterKey, dataDir }) {
    const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile, terminal);
    const place = { dataDir, environment: terminal.environment };
    if (to === '-' && terminal.stdout.isTerminal) {
      throw new UsageError('a backup is not written to a terminal', { hint: 'name a file with --to, or add a pipe' });
    }
    using interruption = terminal.interruption();
    const progress = new Progress(terminal);
    const request = { passphrase, withMasterKey: !withoutMasterKey, signal: interruption.signal };
    const { backUp } = await import('../../server/backup.ts');
    const outcome = await backUp(place, { ...request, copied: (bytes) => progress.expect(bytes) });
    if (outcome.kind === 'running' && to === undefined) return say(terminal, await createdBy(outcome, request));
    const bytes = outcome.kind === 'made' ? outcome.bytes : await streamedBy(outcome, request);
    const whole = progress.over(bytes);
    if (to === '-') return pass(whole, terminal);
    const { writeBackup } = await import('../../server/backup-file.ts');
    return say(terminal, await writeBackup(place, to, whole));
  },
});

async function say(terminal: Terminal, { file, size }: { file: string; size: number }): Promise<number> {
  await terminal.stdout.write(`${file}\n`);
  await terminal.stderr.write(`${size} bytes; verify them with: commissaire backup verify ${file}\n`);
  return exitCode.done;
}

async function pass(bytes: AsyncIterable<Uint8Array>, { stdout }: Terminal): Promise<number> {
  for await (const chunk of bytes) if (!(await stdout.writeRaw(chunk))) return exitCode.failed;
  return exitCode.done;
}

interface Request {
  readonly passphrase: string | undefined;
  readonly withMasterKey: boolean;
  readonly signal: AbortSignal;
}

/** The server makes it in its directory. */
async function createdBy(running: RunningServer, request: Request): Promise<{ file: string; size: number }> {
  const { name, size } = await callsOf(running).create(bodyOf(request), request.signal);
  return { file: join(running.backupDirectory, name), size };
}

function streamedBy(running: RunningServer, request: Request): Promise<AsyncIterable<Uint8Array>> {
  return callsOf(running).stream(bodyOf(request), request.signal);
}

function bodyOf({ passphrase, withMasterKey }: Request) {
  return { ...(passphrase === undefined ? {} : { passphrase }), master_key: withMasterKey };
}

/** While the server runs, nothing else may make a backup of its data directory. */
function callsOf({ socket, reason }: RunningServer) {
  if (socket !== undefined) return connect({ endpoints: [`unix:${socket}`] }).backups;
  throw new AppError(reason.code, `${reason.message}, and it listens on no Unix socket`, {
    hint: 'make a backup with `commctl backup create`, or stop the server first',
  });
}

const verify = command({
  name: 'verify',
  summary: 'Verify every byte of a backup, and that this build can restore it',
  arguments: { file: { summary: 'the backup, or - for stdin', file: true } },
  options: { passphraseFile, output },
  examples: ['commissaire backup verify jump1.backup', 'commissaire backup verify jump1.backup -o json'],
  async handler({ terminal }, { file, passphraseFile, output: format }) {
    const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile, terminal);
    const { verifyBackup } = await import('../../server/restore.ts');
    const progress = new Progress(terminal);
    const { header, manifest, digest } = await verifyBackup(progress.over(backupSource(file)), passphrase);
    const { created_at, host, version, master_key, parts, left_out } = manifest;
    const value = { created_at, host, version, master_key, sealed: header.sealed !== null, digest, parts, left_out };
    const rows = columns<(typeof parts)[number]>({
      PART: ({ name }) => whole(name),
      SIZE: ({ size }) => String(size),
      SHA256: ({ sha256 }) => sha256,
    });
    await print({ terminal, format }, { value, table: () => rows(parts) });
    await terminal.stderr.write(`the backup of ${host} at ${created_at} is whole\n`);
    return exitCode.done;
  },
});

const list = command({
  name: 'list',
  summary: 'List the backups in a directory, oldest first',
  arguments: { directory: { summary: 'by default that of the server', optional: true, file: true } },
  options: { dataDir, output },
  examples: ['commissaire backup list', 'commissaire backup list /mnt/backups -o json'],
  async handler({ terminal }, { directory, dataDir, output: format }) {
    const { listBackups } = await import('../../server/restore.ts');
    const { path, backups } = listBackups({ dataDir, environment: terminal.environment }, directory);
    return print({ terminal, format }, { value: backups, table: () => rows(backups), none: `no backups in ${path}` });
  },
});

const rows = columns<BackupRecord>({
  NAME: ({ name }) => whole(name),
  CREATED: ({ created_at }) => created_at,
  SIZE: ({ size }) => String(size),
  SEALED: ({ sealed }) => (sealed ? 'yes' : 'no'),
  MASTER_KEY: ({ master_key }) => master_key,
});

export const backup = group('backup', 'Make, verify and list backups', [create, verify, list]);
