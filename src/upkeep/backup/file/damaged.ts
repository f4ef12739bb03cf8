import { AppError } from '../../../lib/errors.ts';

/** The error of a backup whose bytes are not those that were written. `what` follows "the backup is damaged:". */
export function damaged(what: string, cause?: unknown): AppError {
  return new AppError('backup_damaged', `the backup is damaged: ${what}`, {
    hint: 'use another backup, or another copy of this one; nothing was changed',
    cause,
  });
}
