import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError, systemErrorCode } from '../../lib/errors.ts';
import { syncFile } from '../../lib/sync-file.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { restoredName } from './installation.ts';

/**
 * A data directory that was restored has this in `restored.json` until the first server on it has ended the operations that ran
 * when the backup was made. The machines have moved on since, so that no operation may go on from there.
 */
export const Restored = t.Object({
  restored_at: t.String(),
  /** When the store was as it is now. */
  created_at: t.String(),
  /** The machine, or the snapshot, that it comes from. */
  from: t.String(),
});
export type Restored = Static<typeof Restored>;

/** Undefined for a data directory that was not restored. @throws AppError `store_unusable` */
export function restoredIn(dataDir: string): Restored | undefined {
  const path = join(dataDir, restoredName);
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (Value.Check(Restored, value)) return value;
    throw new SyntaxError('it has other members');
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined;
    throw new AppError('store_unusable', `${path} cannot be read: ${systemReason(cause)}`, {
      hint: 'restore the backup again; the file says that operations of the backup must not go on',
      cause,
    });
  }
}

/** Returns when that is on disk. */
export function forgetRestored(dataDir: string): void {
  rmSync(join(dataDir, restoredName), { force: true });
  syncFile(dataDir);
}

/** Why the operations in a restored store are ended. */
export function reasonOf({ created_at, from }: Restored): string {
  return `the server was restored from ${from}, as it was at ${created_at}, and what happened since is not known`;
}
