import { AppError } from '../../../lib/errors.ts';

/** @param why follows "the backup could not be copied to the target NAME:" */
export function notCopied(target: string, why: string, hint: string, cause?: unknown): AppError {
  return new AppError('backup_not_copied', `the backup could not be copied to the target ${target}: ${why}`, {
    hint,
    cause,
  });
}
