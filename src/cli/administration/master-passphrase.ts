import { connect } from '../../client/connect.ts';
import { AppError } from '../../lib/errors.ts';
import type { NewPassphrase } from '../../store/passphrase-change.ts';
import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const { command } = commandsWith<{ terminal: Terminal }>();

export const passphrase = command({
  name: 'passphrase',
  summary: 'Set, change or remove the passphrase of the master key, whether the server runs or not',
  arguments: {},
  options: {
    dataDir: {
      type: 'text',
      placeholder: 'DIR',
      summary: 'the data directory of the server; that of its configuration if not given',
    },
    currentFile: {
      type: 'text',
      placeholder: 'FILE',
      summary: 'file with the present passphrase; that of master-passphrase-file if not given',
    },
    newFile: {
      type: 'text',
      placeholder: 'FILE',
      summary: 'file with the new passphrase; without it the command asks for one',
    },
    remove: { type: 'flag', summary: 'use no passphrase any more: then only its mode protects the file' },
  },
  examples: [
    'commissaire secrets passphrase',
    'commissaire secrets passphrase --new-file /root/new-passphrase',
    'commissaire secrets passphrase --remove',
  ],
  async handler({ terminal }, { dataDir, currentFile, newFile, remove }) {
    if (remove && newFile !== undefined) throw new UsageError('--remove and --new-file do not go together');
    const { changeStoredPassphrase, namedPassphrase } = await import('../../server/change-passphrase.ts');
    const { readMasterPassphrase } = await import('../../server/master-passphrase.ts');
    const place = { dataDir, environment: terminal.environment };
    const named = namedPassphrase(place);
    const current = currentFile === undefined ? named?.read() : readMasterPassphrase(currentFile);
    const next = remove ? undefined : newFile === undefined ? await asked(terminal) : readMasterPassphrase(newFile);
    const outcome = await changeStoredPassphrase(place, { current, next });
    if (outcome.kind === 'running') await askServer(outcome, { current, next });
    await terminal.stdout.write(`${toldOf({ isProtected: next !== undefined, file: named?.file }).join('\n')}\n`);
    return exitCode.done;
  },
});

async function asked({ stdin }: Terminal): Promise<string> {
  if (!stdin.isTerminal) {
    throw new UsageError('there is nobody to ask for the new passphrase', {
      hint: 'name a file that holds it with --new-file, or give --remove',
    });
  }
  const first = await stdin.askSecret('New passphrase: ');
  if (first === '') throw new UsageError('the passphrase is empty', { hint: 'give --remove to use none' });
  if ((await stdin.askSecret('Again: ')) === first) return first;
  throw new UsageError('the two passphrases differ, so nothing was changed');
}

async function askServer(
  { socket, reason }: { socket: string | undefined; reason: AppError },
  { current, next }: NewPassphrase,
): Promise<void> {
  if (socket === undefined) {
    throw new AppError(reason.code, `${reason.message}, and it listens on no Unix socket`, { hint: 'stop it first' });
  }
  const present = current === undefined ? {} : { current };
  await connect({ endpoints: [`unix:${socket}`] }).secrets.changePassphrase({ ...present, next: next ?? null });
}

/** The next start reads the configuration again, so that has to name the same passphrase by then. */
function toldOf({ isProtected, file }: { isProtected: boolean; file: string | undefined }): string[] {
  if (!isProtected) {
    return file === undefined
      ? ['no passphrase protects the master key any more']
      : [
          'no passphrase protects the master key any more',
          `The next start would protect it again with the passphrase in ${file}: remove that file, or the option that names it.`,
        ];
  }
  return [
    'the new passphrase protects the master key',
    file === undefined
      ? 'The next start needs it: write it into a file, and name that with master-passphrase-file.'
      : `The next start needs it: put it into ${file} now.`,
  ];
}
