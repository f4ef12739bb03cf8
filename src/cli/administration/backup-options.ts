import { createReadStream } from 'node:fs';
import { systemErrorCode } from '../../lib/errors.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { UsageError } from '../usage-error.ts';

export const dataDir = {
  type: 'text',
  placeholder: 'DIR',
  summary: 'the data directory of the server; that of its configuration if not given',
} as const;

export const passphraseFile = {
  type: 'text',
  placeholder: 'FILE',
  summary: 'file with the passphrase that the backup is sealed with, - for stdin',
} as const;

/** The bytes of a backup in a file, or from stdin for `-`. The iteration throws a UsageError when it cannot be read. */
export async function* backupSource(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* file === '-' ? Bun.stdin.stream() : createReadStream(file, { highWaterMark: 256 * 1024 });
  } catch (cause) {
    if (systemErrorCode(cause) === undefined) throw cause;
    throw new UsageError(`the backup ${file} cannot be read: ${systemReason(cause)}`, {
      hint: 'name a file that you can read, or - for stdin',
      cause,
    });
  }
}
