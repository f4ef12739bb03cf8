import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Static, Type as t } from '@sinclair/typebox';
import { choices } from '../../lib/choices.ts';
import { AppError, systemErrorCode } from '../../lib/errors.ts';
import { unfinished } from '../../lib/new-file.ts';
import { syncFile } from '../../lib/sync-file.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { digestIn, headerIn, trailerBytes } from './file/frames.ts';
import { type BackupHeader, parsedHeader } from './file/header.ts';

/** A backup as it is listed. */
export const BackupRecord = t.Object({
  name: t.String({ description: 'The name of its file' }),
  created_at: t.String({ description: 'When the store was as it is in the backup' }),
  host: t.String({ description: 'The machine whose server made it' }),
  version: t.String({ description: 'The version of the product that made it' }),
  size: t.Integer({ description: 'Bytes of the file' }),
  sealed: t.Boolean({ description: 'Whether a passphrase is needed to open it' }),
  master_key: choices(
    {
      plain: 'It is in the backup as it is: who has the backup can read every secret',
      wrapped: 'It is in the backup, and the passphrase of the master key opens it',
      left_out: 'It is not in the backup, and must be kept elsewhere',
    },
    { description: 'How the master key is in the backup' },
  ),
  digest: t.String({ description: 'SHA-256 of the file without its last 40 bytes, which contain it, in hexadecimal' }),
});
export type BackupRecord = Static<typeof BackupRecord>;

const ending = '.backup';
const form = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.backup$/;

/** `HOST-2026-11-30T23-00-12Z.backup`. */
export function backupName(host: string, now: Date): string {
  const short = host.replaceAll(/[^A-Za-z0-9-]/g, '-').replace(/^-+/, '') || 'server';
  return `${short.slice(0, 64)}-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z${ending}`;
}

/** The backups of one machine among names, with the time that each name says. */
export function datedNames(names: readonly string[], host: string): { name: string; created_at: string }[] {
  const begin = backupName(host, new Date(0)).slice(0, -'1970-01-01T00-00-00Z.backup'.length);
  return names.flatMap((name) => {
    if (!name.startsWith(begin)) return [];
    const [, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d-\d\d-\d\d)Z(?:-\d+)?\.backup$/.exec(name.slice(begin.length)) ?? [];
    return day === undefined || time === undefined ? [] : [{ name, created_at: `${day}T${time.replaceAll('-', ':')}` }];
  });
}

export function isBackupName(name: string): boolean {
  return form.test(name);
}

/** The directory that has the backups of a server. */
export class BackupDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Oldest first. A file that is no backup is left out. @throws AppError `store_unusable` */
  list(): BackupRecord[] {
    const records = this.names().flatMap((name) => this.#record(name) ?? []);
    return records.sort((one, other) => compare(one.created_at, other.created_at) || compare(one.name, other.name));
  }

  /** @throws AppError `backup_not_found`, `backup_damaged`, `backup_newer` */
  get(name: string): BackupRecord {
    return recordAt(this.fileOf(name), name);
  }

  /** The path of a backup. @throws AppError `backup_not_found` */
  fileOf(name: string): string {
    const path = join(this.path, name);
    if (isBackupName(name) && existsSync(path)) return path;
    throw new AppError('backup_not_found', `there is no backup ${name}`, {
      hint: 'list the backups with `commctl backup list`',
    });
  }

  /** @throws AppError `backup_not_found`, `store_unusable` */
  delete(name: string): void {
    const path = this.fileOf(name);
    try {
      rmSync(path);
      syncFile(this.path);
    } catch (cause) {
      throw this.#unusable('changed', cause);
    }
  }

  /** A path for a new backup; the directory exists then, and nothing is left of interrupted ones. */
  newFile(host: string, now: Date): { name: string; path: string } {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      for (const each of readdirSync(this.path)) {
        if (each.endsWith(ending + unfinished)) rmSync(join(this.path, each), { force: true });
      }
    } catch (cause) {
      throw this.#unusable('made', cause);
    }
    const first = backupName(host, now);
    let name = first;
    for (let number = 2; existsSync(join(this.path, name)); number += 1) {
      name = `${first.slice(0, -ending.length)}-${number}${ending}`;
    }
    return { name, path: join(this.path, name) };
  }

  #record(name: string): BackupRecord | undefined {
    try {
      return recordAt(join(this.path, name), name);
    } catch (error) {
      if (error instanceof AppError && (error.code === 'backup_damaged' || error.code === 'backup_newer'))
        return undefined;
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The names of files that may be backups. */
  names(): string[] {
    try {
      return readdirSync(this.path).filter(isBackupName);
    } catch (cause) {
      if (systemErrorCode(cause) === 'ENOENT') return [];
      throw this.#unusable('read', cause);
    }
  }

  #unusable(how: string, cause: unknown): AppError {
    return new AppError(
      'store_unusable',
      `the directory of backups ${this.path} cannot be ${how}: ${systemReason(cause)}`,
      {
        hint: 'see that the user of the server may read and write it, or name another with backup-directory',
        cause,
      },
    );
  }
}

const mostHeader = 128 * 1024;

/**
 * Reads the two ends of a backup. They say what it is; only `readBackup` verifies the rest.
 *
 * @throws AppError `backup_damaged`, `backup_newer`, and what the system throws
 */
function recordAt(path: string, name: string): BackupRecord {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const trailer = Buffer.alloc(Math.min(size, trailerBytes));
    readSync(fd, trailer, 0, trailer.length, size - trailer.length);
    const first = Buffer.alloc(Math.min(size, mostHeader));
    readSync(fd, first, 0, first.length, 0);
    const header = parsedHeader(headerIn(first));
    return { name, ...aboutOf(header), size, digest: digestIn(trailer) ?? '' };
  } finally {
    closeSync(fd);
  }
}

/** What the header says. */
export function aboutOf({ created_at, host, version, sealed, master_key }: BackupHeader) {
  return { created_at, host, version, sealed: sealed !== null, master_key };
}

export function readBackupFile(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 256 * 1024 });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
