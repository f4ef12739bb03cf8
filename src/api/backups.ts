import { Type as t } from '@sinclair/typebox';
import { BackupRecord } from '../upkeep/backup/directory.ts';
import { BackupScheduleStatus } from '../upkeep/backup/status.ts';
import { contentTag, tagged } from './etag.ts';
import { counted } from './list-answer.ts';
import { type ListRules, readSelection } from './list-query.ts';
import { json, nothing, routeGroup } from './route-group.ts';

/** What is asked of a new backup. */
export const BackupBody = t.Object({
  passphrase: t.Optional(
    t.String({ minLength: 1, maxLength: 4096, description: 'Seals the backup; without it the backup is not sealed' }),
  ),
  master_key: t.Optional(
    t.Boolean({
      description: 'Whether the master key is in the backup, by default true; without it keep it elsewhere',
    }),
  ),
});

const backupList = {
  fields: {
    name: 'text',
    created_at: 'text',
    host: 'text',
    version: 'text',
    size: 'number',
    sealed: 'text',
    master_key: 'text',
    digest: 'text',
  },
} satisfies ListRules;

const name = 'jump1-2026-11-30T23-00-12Z.backup';
const backup = {
  name,
  created_at: '2026-11-30T23:00:12.000000',
  host: 'jump1',
  version: '0.1.0',
  size: 1_048_576,
  sealed: false,
  master_key: 'plain',
  digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
};
const schedule = {
  schedule: 'every 6h',
  next_at: '2026-12-01T05:00:12.000000',
  directory: '/var/lib/commissaire/backups',
  made: name,
  made_at: '2026-11-30T23:00:12.000000',
  failed_at: '',
  reason: '',
  failures: 0,
  targets: [{ name: 'nas', copied: name, copied_at: '2026-11-30T23:00:13.000000', reason: '', failures: 0 }],
};
const bytes = {
  'application/octet-stream': { schema: t.String({ format: 'binary' }), example: '…' },
};

/** Backups of this server. What is in them is secret, so downloading one is like reading all secrets. */
export const backupRoutes = routeGroup({
  title: 'Backups',
  description: 'Copies of the store and of the files of the installation, from which the server can be restored',
  schemas: { Backup: BackupRecord, BackupSchedule: BackupScheduleStatus },
  routes: {
    listBackups: {
      method: 'GET',
      path: '/api/v0/backups',
      permission: 'backup:read',
      about: 'site',
      summary: 'The backups in the directory of the server, oldest first',
      list: backupList,
      conditional: 'read',
      answers: { 200: json('The backups', t.Array(BackupRecord), [backup]) },
      problems: ['store_unusable'],
    },
    createBackup: {
      method: 'POST',
      path: '/api/v0/backups',
      permission: 'backup:create',
      about: 'site',
      summary: 'Makes a backup in the directory of the server, and answers when it is on disk',
      body: BackupBody,
      bodyExample: { master_key: true },
      answers: { 201: json('The backup', BackupRecord, backup) },
      problems: ['store_unusable', 'store_full'],
    },
    streamBackup: {
      method: 'POST',
      path: '/api/v0/backups/stream',
      permission: 'backup:download',
      about: 'site',
      summary: 'Makes a backup and answers with its bytes; the server keeps none',
      body: BackupBody,
      bodyExample: { master_key: true },
      answers: { 200: { description: 'The file', content: bytes } },
      problems: ['store_unusable', 'store_full'],
    },
    getBackupSchedule: {
      method: 'GET',
      path: '/api/v0/backup-schedule',
      permission: 'status:read',
      about: 'anything',
      summary: 'How the backups go that the server makes by itself',
      answers: { 200: json('How they go', BackupScheduleStatus, schedule) },
    },
    getBackup: {
      method: 'GET',
      path: '/api/v0/backup/:backup',
      permission: 'backup:read',
      about: 'site',
      summary: 'What one backup is',
      conditional: 'read',
      answers: { 200: json('The backup', BackupRecord, backup) },
      problems: ['backup_not_found', 'backup_damaged', 'backup_newer'],
    },
    downloadBackup: {
      method: 'GET',
      path: '/api/v0/backup/:backup/content',
      permission: 'backup:download',
      about: 'site',
      summary: 'The bytes of a backup; a Range asks for a part of them',
      answers: { 200: { description: 'The file', content: bytes } },
      problems: ['backup_not_found'],
    },
    deleteBackup: {
      method: 'DELETE',
      path: '/api/v0/backup/:backup',
      permission: 'backup:delete',
      about: 'site',
      summary: 'Deletes a backup',
      answers: { 200: nothing },
      problems: ['backup_not_found', 'store_unusable'],
    },
  },
  handlers: ({ backups, backupSchedule, connectionOf }) => ({
    getBackupSchedule: () => backupSchedule.status(),
    listBackups: ({ request, set }) => {
      const found = backups.select(readSelection(request.url, backupList));
      return tagged({ request, set }, contentTag(found), counted(set, found));
    },
    createBackup: async ({ body, request, set }) => {
      connectionOf(request).idleTimeout(0);
      const record = await backups.create(requestOf(body));
      set.status = 201;
      set.headers.location = `/api/v0/backup/${record.name}`;
      return record;
    },
    streamBackup: async ({ body, request }) => {
      connectionOf(request).idleTimeout(0);
      const stream = backups.stream(requestOf(body));
      // What goes wrong before the first byte is a problem in the answer.
      const first = await stream.next();
      return new Response(streamOf(first, stream), { headers: { 'content-type': 'application/octet-stream' } });
    },
    getBackup: ({ params, request, set }) => {
      const record = backups.directory.get(params.backup);
      return tagged({ request, set }, contentTag(record), record);
    },
    downloadBackup: ({ params, request }) => {
      connectionOf(request).idleTimeout(slowReader);
      return fileAnswer(backups.directory.fileOf(params.backup), request.headers);
    },
    deleteBackup: async ({ params }) => {
      await backups.delete(params.backup);
      return [];
    },
  }),
});

/** Seconds that a reader may take nothing. */
const slowReader = 120;

function requestOf({ passphrase, master_key = true }: { passphrase?: string; master_key?: boolean }) {
  return { passphrase, withMasterKey: master_key };
}

/** A Range of one part is answered with that part (RFC 9110, 14); any other one with the whole file. */
function fileAnswer(path: string, headers: Headers): Response {
  const file = Bun.file(path);
  const head = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  const [, first = '', last = ''] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(headers.get('range') ?? '') ?? [];
  const [from, end] = [Number(first), Math.min(last === '' ? file.size : Number(last) + 1, file.size)];
  if (first === '' || from >= end) return new Response(file, { headers: head });
  const range = `bytes ${from}-${end - 1}/${file.size}`;
  return new Response(file.slice(from, end), { status: 206, headers: { ...head, 'content-range': range } });
}

/** Reads only as fast as the client takes it. A client that goes away ends the backup. */
function streamOf(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
): ReadableStream<Uint8Array> {
  let next: IteratorResult<Uint8Array, void> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = next ?? (await rest.next());
      next = undefined;
      if (done === true) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    async cancel() {
      await rest.return();
    },
  });
}
