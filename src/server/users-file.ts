import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { replaceFile } from '../lib/replace-file.ts';

/** The text of a users file; a file that does not exist is empty. @throws AppError `invalid_configuration` */
export function readUsersFile(path: string): string {
  try {
    return existsSync(path) ? withoutByteOrderMark(readFileSync(path, 'utf8')) : '';
  } catch (cause) {
    throw unusable('read', path, cause);
  }
}

/**
 * Writes a users file anew, atomically, with the owner and the mode that it has; a new one is for its owner only. The file
 * beside it, which takes its place, keeps out other commands meanwhile.
 *
 * @throws AppError `invalid_configuration`, and what `change` throws: then nothing is written
 */
export function changeUsersFile(path: string, change: (text: string) => string): void {
  const file = existsSync(path) ? realpathSync(path) : path;
  const beside = `${file}.new`;
  try {
    replaceFile(file, () => change(readUsersFile(file)), { beside, isExclusive: true, keeps: 'owner and mode' });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw systemErrorCode(cause) === 'EEXIST' ? beingChanged(path, beside) : unusable('write', path, cause);
  }
}

function beingChanged(path: string, beside: string): AppError {
  return new AppError('invalid_configuration', `another command is changing ${path}`, {
    hint: `try again; if there is none, remove ${beside}, which one has left behind`,
  });
}

function unusable(what: string, path: string, cause: unknown): AppError {
  return new AppError('invalid_configuration', `cannot ${what} the users file ${path}: ${describeError(cause)}`, {
    hint: 'run this as root, or as the user who owns the file',
    cause,
  });
}
