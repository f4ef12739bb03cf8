import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../lib/errors.ts';
import { writeWhole } from '../../lib/new-file.ts';
import { syncFile } from '../../lib/sync-file.ts';
import { diskOf, hasRoomFor } from '../../store/disk-space.ts';
import { dataPrefix, type Manifest, outsidePrefix, type Part } from './file/manifest.ts';

/** Where a restored data directory has the files from outside of it. */
export const outsideDirectory = 'restored-files';

/** Where a part belongs in a data directory. */
export function placeOf({ name, kind }: Part): string {
  if (kind === 'file') return name.slice(dataPrefix.length);
  return kind === 'outside' ? join(outsideDirectory, name.slice(outsidePrefix.length)) : name;
}

/** Writes a part into a directory, durably. */
export async function unpackPart(part: Part, content: AsyncIterable<Uint8Array>, directory: string): Promise<void> {
  const path = join(directory, placeOf(part));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', Number.parseInt(part.mode, 8));
  try {
    for await (const chunk of content) await writeWhole(file, chunk);
    await file.sync();
  } finally {
    await file.close();
  }
  syncFile(dirname(path));
}

/** @throws AppError `store_full` */
export function checkRoomFor({ parts }: Manifest, directory: string): void {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const disk = diskOf(directory);
  if (hasRoomFor('change', { ...disk, free: disk.free - size })) return;
  const [needed, free] = [size, disk.free].map((bytes) => `${Math.ceil(bytes / 1024 ** 2)} MiB`);
  throw new AppError(
    'store_full',
    `there is no room for what is in the backup: it takes ${needed}, and ${free} are free`,
    {
      hint: `free space on the file system of ${directory}; nothing was changed`,
    },
  );
}
