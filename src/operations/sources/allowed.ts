import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { AppError, systemErrorCode } from '../../lib/errors.ts';

export interface AllowedPlaces {
  /** The directories of the option `copy-sources`, absolute. */
  directories: readonly string[];
  /** Never read, even inside an allowed directory: it holds the master key. */
  dataDirectory: string;
}

/**
 * Where a path of the jump host really leads, with all links resolved. Nothing outside the allowed directories is
 * accessed.
 *
 * @throws AppError `source_not_allowed`, `source_unusable` when it does not exist
 */
export async function realSource(path: string, places: AllowedPlaces): Promise<string> {
  const asked = resolve(path);
  const named = await allowedDirectories(places);
  if (![...places.directories, ...named].some((directory) => isWithin(asked, directory)))
    throw notAllowed(path, places);
  const real = await realpath(asked).catch((error: unknown) => {
    throw unusable(path, systemErrorCode(error) ?? String(error), error);
  });
  await check(real, path, places);
  return real;
}

/**
 * Opens a file for reading, and then checks where the opened file is: a link may have been put there at any time.
 *
 * @throws AppError `source_not_allowed`, `source_unusable`
 */
export async function openSource(path: string, places: AllowedPlaces): Promise<FileHandle> {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((error: unknown) => {
    throw unusable(path, systemErrorCode(error) ?? String(error), error);
  });
  try {
    await check(await placeOf(handle, path), path, places);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

export function unusable(path: string, why: string, cause?: unknown): AppError {
  return new AppError('source_unusable', `cannot copy ${path} of the jump host: ${why}`, {
    hint: 'give a regular file, or a directory of regular files, that the server may read',
    cause,
  });
}

/** Linux says where an open file is, wherever its name leads by now. */
function placeOf(handle: FileHandle, path: string): Promise<string> {
  return realpath(process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : path);
}

async function check(real: string, asked: string, places: AllowedPlaces): Promise<void> {
  const data = await realpath(places.dataDirectory).catch(() => places.dataDirectory);
  const isData = isWithin(real, data) || isWithin(data, real);
  const named = await allowedDirectories(places);
  if (isData || !named.some((directory) => isWithin(real, directory))) throw notAllowed(asked, places);
}

async function allowedDirectories({ directories }: AllowedPlaces): Promise<string[]> {
  const real = await Promise.all(directories.map((directory) => realpath(directory).catch(() => undefined)));
  return real.filter((directory) => directory !== undefined);
}

function notAllowed(path: string, { directories }: AllowedPlaces): AppError {
  const where = directories.length === 0 ? 'it names none' : `it names ${directories.join(', ')}`;
  return new AppError(
    'source_not_allowed',
    `${path} of the jump host may not be copied: only what is below the directories that the option copy-sources names, and never the data directory; ${where}`,
    {
      hint: 'put it into such a directory, add its directory to copy-sources of the server, or send the content itself',
    },
  );
}
