import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetDirectory } from '../../../config/backups.ts';
import { AppError } from '../../../lib/errors.ts';
import { writeNewFile } from '../../../lib/new-file.ts';
import { BackupDirectory, datedNames, readBackupFile } from '../directory.ts';
import { notKept } from '../keep.ts';
import { notCopied } from './not-copied.ts';
import type { Target } from './target.ts';

/**
 * A directory, such as a mounted file system. It must exist: a mount point whose file system is not mounted is usually empty, and
 * a backup in it would be on the wrong disk, so a directory that is missing is not made.
 */
export function directoryTarget(name: string, { path: directory }: TargetDirectory): Target {
  return {
    name,
    async copy({ name: file, path, size, sha256 }, signal) {
      if (!(statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
        throw notCopied(name, `there is no directory ${directory}`, 'mount its file system, or make the directory');
      }
      const to = join(directory, file);
      if (existsSync(to) && (await digestOf(to, signal)) === sha256) return;
      await writeNewFile(to, until(readBackupFile(path), signal)).catch((cause: unknown) => {
        if (!(cause instanceof AppError)) throw cause;
        throw notCopied(name, cause.message, cause.hint ?? 'see that the user of the server may write there', cause);
      });
      const found = await digestOf(to, signal);
      if (found === sha256 && statSync(to).size === size) return;
      rmSync(to, { force: true });
      throw notCopied(name, `${to} was not written as it was read`, 'check the disk of that directory');
    },
    async prune(host, rules) {
      const there = new BackupDirectory(directory);
      for (const { name } of notKept(datedNames(there.names(), host), rules)) there.delete(name);
    },
  };
}

/** SHA-256 of a file, in hex. */
export async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** The same bytes, until the signal fires. */
export async function* until(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    signal.throwIfAborted();
    yield chunk;
  }
}
