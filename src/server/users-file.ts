import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';

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
  const descriptor = openBeside(beside, path);
  try {
    const text = change(readUsersFile(file));
    if (existsSync(file)) copyOwner(file, descriptor);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
    renameSync(beside, file);
  } catch (cause) {
    unlinkSync(beside);
    throw cause instanceof AppError ? cause : unusable('write', path, cause);
  } finally {
    closeSync(descriptor);
  }
}

function openBeside(beside: string, path: string): number {
  try {
    return openSync(beside, 'wx', 0o600);
  } catch (cause) {
    if (systemErrorCode(cause) !== 'EEXIST') throw unusable('write', path, cause);
    throw new AppError('invalid_configuration', `another command is changing ${path}`, {
      hint: `try again; if there is none, remove ${beside}, which one has left behind`,
    });
  }
}

function copyOwner(file: string, descriptor: number): void {
  const { uid, gid, mode } = statSync(file);
  if (uid !== process.getuid?.() || gid !== process.getgid?.()) fchownSync(descriptor, uid, gid);
  fchmodSync(descriptor, mode & 0o7777);
}

function unusable(what: string, path: string, cause: unknown): AppError {
  return new AppError('invalid_configuration', `cannot ${what} the users file ${path}: ${describeError(cause)}`, {
    hint: 'run this as root, or as the user who owns the file',
    cause,
  });
}
