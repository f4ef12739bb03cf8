import { AppError } from '../../lib/errors.ts';

/** The etcd, or what the importer needs to read it, is not usable. */
export function unreadable(message: string, hint: string, cause?: unknown): AppError {
  return new AppError('etcd_unreadable', message, { hint, ...(cause === undefined ? {} : { cause }) });
}
