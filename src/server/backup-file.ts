import { chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { AppError } from '../lib/errors.ts';
import { writeNewFile } from '../lib/new-file.ts';
import { systemReason } from '../lib/system-reason.ts';
import { BackupDirectory } from '../upkeep/backup/directory.ts';
import { type DataPlace, placeWithoutStore } from './data-place.ts';
import { installationOf } from './installation.ts';

/**
 * Writes a backup to a file, or to a file with a name of its own in a directory; by default to the directory of the backups of the
 * server, where it then belongs to the user of the server.
 *
 * @throws AppError `store_full`, `store_unusable`; what the stream throws
 */
export async function writeBackup(
  place: DataPlace,
  to: string | undefined,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ file: string; size: number }> {
  if (to !== undefined && !isDirectory(to)) {
    const file = resolve(to);
    return { file, size: await writeNewFile(file, bytes) };
  }
  const { directory: dataDir, settings, configurationFile } = placeWithoutStore(place);
  const directory = to ?? installationOf(settings, { dataDir, configurationFile }).backupDirectory;
  if (to === undefined) makeOwn(directory, dataDir);
  const { path: file } = new BackupDirectory(resolve(directory)).newFile(hostname(), new Date());
  const size = await writeNewFile(file, bytes);
  if (to === undefined) handTo(file, dataDir);
  return { file, size };
}

function isDirectory(path: string): boolean {
  return path.endsWith('/') || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

function makeOwn(directory: string, dataDir: string): void {
  if (existsSync(directory)) return;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    handTo(directory, dataDir);
  } catch (cause) {
    throw new AppError(
      'store_unusable',
      `the directory of backups ${directory} cannot be made: ${systemReason(cause)}`,
      {
        hint: 'name a file or a directory with --to',
        cause,
      },
    );
  }
}

/** What root makes is of no use to the server otherwise. */
function handTo(path: string, dataDir: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dataDir);
  chownSync(path, uid, gid);
}
