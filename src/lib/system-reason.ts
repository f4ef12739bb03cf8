import { systemErrorCode } from './errors.ts';

/** Why a file cannot be read or written, in words; for rare errors the system's code. */
export function systemReason(error: unknown): string {
  const code = systemErrorCode(error);
  if (code === undefined) return String(error);
  return reasons[code] ?? code;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ENOSPC: 'there is no space left',
  EROFS: 'the file system is read-only',
  EEXIST: 'it exists already',
};
