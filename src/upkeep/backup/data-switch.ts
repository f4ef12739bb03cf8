import { existsSync, lchownSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, systemErrorCode } from '../../lib/errors.ts';
import { syncFile } from '../../lib/sync-file.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { restoredDirectoryOf } from '../../store/lock.ts';

/** Where a new data directory is prepared: beside the present one, on the same file system. */
export function preparedDirectoryOf(dataDir: string): string {
  return `${dataDir}.unfinished`;
}

/**
 * Puts a prepared directory in the place of the data directory, whose lock the caller has. A kill at any point leaves the old
 * one in its place, or the new one beside it under a name by which the next start finds it (`finishRestore`).
 *
 * @returns where the old directory is now; undefined when there was none
 */
export function switchTo(prepared: string, dataDir: string, now: Date): string | undefined {
  const ready = restoredDirectoryOf(dataDir);
  const parent = dirname(dataDir);
  handToOwner(prepared, dataDir);
  rmSync(ready, { recursive: true, force: true });
  renameSync(prepared, ready);
  syncFile(parent);
  const kept = existsSync(dataDir) ? keptName(dataDir, now) : undefined;
  if (kept !== undefined) moveAway(dataDir, kept);
  renameSync(ready, dataDir);
  syncFile(parent);
  return kept;
}

/** A data directory that is a mount point cannot be renamed. @throws AppError `store_unusable` */
export function checkMovable(dataDir: string): void {
  if (!existsSync(dataDir) || statSync(dataDir).dev === statSync(dirname(dataDir)).dev) return;
  throw immovable(dataDir, 'it is a mount point');
}

function moveAway(dataDir: string, kept: string): void {
  try {
    renameSync(dataDir, kept);
  } catch (cause) {
    rmSync(restoredDirectoryOf(dataDir), { recursive: true, force: true });
    const isMount = systemErrorCode(cause) === 'EBUSY';
    throw immovable(dataDir, isMount ? 'it is a mount point' : systemReason(cause), cause);
  }
}

function immovable(dataDir: string, why: string, cause?: unknown): AppError {
  return new AppError('store_unusable', `the data directory ${dataDir} cannot be moved aside: ${why}`, {
    hint: `restore into a directory in it, such as --data-dir ${join(dataDir, 'data')}, and start the server with that one`,
    cause,
  });
}

function keptName(dataDir: string, now: Date): string {
  const name = `${dataDir}.before-restore-${now.toISOString().slice(0, 19).replaceAll(':', '-')}`;
  if (!existsSync(name)) return name;
  for (let number = 2; ; number += 1) if (!existsSync(`${name}-${number}`)) return `${name}-${number}`;
}

/** When root restores, the files belong to whom the data directory belonged to, which is the user of the server. */
function handToOwner(prepared: string, dataDir: string): void {
  if (process.getuid?.() !== 0 || !existsSync(dataDir)) return;
  const { uid, gid } = statSync(dataDir);
  const hand = (path: string, isDirectory: boolean) => {
    lchownSync(path, uid, gid);
    if (!isDirectory) return;
    for (const each of readdirSync(path, { withFileTypes: true })) hand(join(path, each.name), each.isDirectory());
  };
  hand(prepared, true);
}
