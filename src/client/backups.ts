import type { Static } from '@sinclair/typebox';
import type { BackupBody } from '../api/backups.ts';
import type { BackupRecord } from '../upkeep/backup/directory.ts';
import type { BackupScheduleStatus } from '../upkeep/backup/status.ts';
import { nounCalls } from './noun.ts';
import { path } from './path.ts';
import { readByteStream } from './shape.ts';
import type { Transport } from './transport.ts';

const bytes = 'application/octet-stream';
/** A server answers once it has copied its store, which may take long. */
const timeout = 60 * 60_000;

/** The routes of backups. */
export function backups(transport: Transport) {
  return {
    ...nounCalls<BackupRecord, BackupRecord>(transport, { many: 'backups', one: 'backup' }),

    /** Makes a backup in the directory of the server; resolves when it is on disk. */
    create: (body: Static<typeof BackupBody> = {}, signal?: AbortSignal) =>
      transport.object<BackupRecord>({ method: 'POST', path: path`/backups`, body, timeout, signal }),

    /** Makes a backup that the server does not keep. The server works while its bytes are read. */
    stream: (body: Static<typeof BackupBody> = {}, signal?: AbortSignal) =>
      transport.send(
        { method: 'POST', path: path`/backups/stream`, body, accept: bytes, timeout, signal },
        readByteStream,
      ),

    /** How the backups go that the server makes by itself. */
    schedule: (signal?: AbortSignal) =>
      transport.object<BackupScheduleStatus>({ method: 'GET', path: path`/backup-schedule`, signal }),

    /** The bytes of a backup. */
    download: (name: string, signal?: AbortSignal) =>
      transport.send({ method: 'GET', path: path`/backup/${name}/content`, accept: bytes, signal }, readByteStream),
  };
}
