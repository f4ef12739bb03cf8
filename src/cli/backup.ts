import { writeNewFile } from '../lib/new-file.ts';
import type { BackupRecord } from '../upkeep/backup/directory.ts';
import { whole } from './cell.ts';
import { command, group } from './context.ts';
import { deleteCommand, getCommand, listCommand } from './noun.ts';
import { print } from './output.ts';
import { readPassphraseFile } from './passphrase-file.ts';
import { columns } from './table.ts';
import { UsageError } from './usage-error.ts';

const name = 'name of the backup';

const create = command({
  name: 'create',
  summary: 'Make a backup in the directory of the server',
  arguments: {},
  options: {
    passphraseFile: {
      type: 'text',
      placeholder: 'FILE',
      summary: 'file with a passphrase that seals the backup, - for stdin',
    },
    withoutMasterKey: { type: 'flag', summary: 'leave the master key out; keep a copy of it elsewhere' },
  },
  examples: ['commctl backup create', 'commctl backup create --passphrase-file passphrase'],
  async handler(context, { passphraseFile, withoutMasterKey }) {
    const passphrase =
      passphraseFile === undefined ? {} : { passphrase: await readPassphraseFile(passphraseFile, context.terminal) };
    const client = await context.connect();
    return print(context, { value: await client.backups.create({ ...passphrase, master_key: !withoutMasterKey }) });
  },
});

const get = getCommand({
  name,
  summary: 'Show what a backup is',
  examples: ['commctl backup get jump1-2026-11-30T23-00-12Z.backup'],
  get: (client, name) => client.backups.get(name),
});

const list = listCommand({
  plural: 'backups',
  events: ['backup'],
  summary: 'List the backups in the directory of the server, oldest first',
  examples: ['commctl backup list', 'commctl backup list --sort -created_at --limit 1'],
  page: (client, query) => client.backups.page(query),
  table: columns<BackupRecord>({
    NAME: ({ name }) => whole(name),
    CREATED: ({ created_at }) => created_at,
    SIZE: ({ size }) => String(size),
    SEALED: ({ sealed }) => (sealed ? 'yes' : 'no'),
    MASTER_KEY: ({ master_key }) => master_key,
  }),
});

const download = command({
  name: 'download',
  summary: 'Write a backup of the server to a file of this machine',
  arguments: { name: { summary: name } },
  options: {
    to: { type: 'text', placeholder: 'FILE', summary: 'the file, - for stdout; by default the name of the backup' },
  },
  examples: [
    'commctl backup download jump1-2026-11-30T23-00-12Z.backup',
    'commctl backup download jump1-2026-11-30T23-00-12Z.backup --to /mnt/usb/jump1.backup',
  ],
  async handler(context, { name, to = name }) {
    if (to === '-' && context.terminal.stdout.isTerminal) {
      throw new UsageError('a backup is not written to a terminal', { hint: 'name a file with --to, or add a pipe' });
    }
    const bytes = await (await context.connect()).backups.download(name);
    if (to !== '-') return print(context, { value: { file: to, size: await writeNewFile(to, bytes) } });
    for await (const chunk of bytes) if (!(await context.terminal.stdout.writeRaw(chunk))) break;
    return 0;
  },
});

const remove = deleteCommand({
  noun: 'backup',
  name,
  summary: 'Delete backups',
  examples: ['commctl backup delete jump1-2026-11-30T23-00-12Z.backup'],
  delete: (client, name) => client.backups.delete(name),
});

const schedule = command({
  name: 'schedule',
  summary: 'Show when the server makes backups by itself, and how that goes',
  arguments: {},
  options: {},
  examples: ['commctl backup schedule', 'commctl backup schedule -o json'],
  handler: async (context) => print(context, { value: await (await context.connect()).backups.schedule() }),
});

export const backup = group('backup', 'Backups that the server makes', [create, get, list, download, remove, schedule]);
