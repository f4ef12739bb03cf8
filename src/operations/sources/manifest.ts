import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AllowedPlaces, openSource, realSource, unusable } from './allowed.ts';

export interface ManifestFile {
  /** Below the root; empty for a root that is a file. */
  path: string;
  size: number;
  sha256: string;
  /** Octal, without set-user-ID and the like. */
  mode: string;
}

/** The content of a source at the start of the operation: every machine gets the same. */
export interface Manifest {
  /** The source with all links resolved. */
  root: string;
  /** Mode of the root, if it is a directory; otherwise null. */
  directoryMode: string | null;
  /** The directories below the root, each after its parent. */
  directories: { path: string; mode: string }[];
  files: ManifestFile[];
}

const mostFiles = 10_000;
/** Bytes. The whole source is read before the request is answered. */
const mostBytes = 4 * 1024 ** 3;
const readBytes = 256 * 1024;

/**
 * Reads a file, or a directory with everything in it.
 *
 * @throws AppError `source_not_allowed`; `source_unusable` for one that is missing, too large, or holds a link, a device
 *   or the like
 */
export async function manifestOf(source: string, places: AllowedPlaces): Promise<Manifest> {
  const root = await realSource(source, places);
  const found = await lstat(root);
  const manifest: Manifest = { root, directoryMode: null, directories: [], files: [] };
  if (!found.isDirectory()) {
    manifest.files.push(await fileAt(root, '', places));
    return manifest;
  }
  manifest.directoryMode = octal(found.mode);
  await readDirectory(manifest, '', { places, left: mostBytes });
  return manifest;
}

/** Identifies a manifest: two equal manifests copy the same content. */
export function digestOf(manifest: Manifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}

/** The bytes of a file, in pieces that share no memory with later ones. */
export async function* bytesAt(path: string, places: AllowedPlaces, atMost: number): AsyncGenerator<Uint8Array> {
  const handle = await openSource(path, places);
  try {
    if (!(await handle.stat()).isFile()) throw unusable(path, 'it is not a regular file');
    for (let left = atMost; left > 0; ) {
      const buffer = new Uint8Array(Math.min(readBytes, left));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

interface Walk {
  places: AllowedPlaces;
  /** Bytes that may still be read. */
  left: number;
}

async function readDirectory(manifest: Manifest, below: string, walk: Walk): Promise<void> {
  const entries = await readdir(join(manifest.root, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const full = join(manifest.root, path);
    if (/[\n\ufffd]/.test(entry.name)) throw unusable(full, 'its name has a line break in it, or is not UTF-8');
    if (entry.isSymbolicLink()) throw unusable(full, 'it is a link, and a directory with links in it is not copied');
    if (manifest.files.length + manifest.directories.length >= mostFiles) {
      throw unusable(manifest.root, `it holds more than ${mostFiles} files and directories`);
    }
    if (entry.isDirectory()) {
      manifest.directories.push({ path, mode: octal((await lstat(full)).mode) });
      await readDirectory(manifest, path, walk);
      continue;
    }
    const file = await fileAt(full, path, walk.places, walk.left);
    walk.left -= file.size;
    manifest.files.push(file);
  }
}

async function fileAt(full: string, path: string, places: AllowedPlaces, left = mostBytes): Promise<ManifestFile> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const bytes of bytesAt(full, places, left + 1)) {
    hash.update(bytes);
    size += bytes.length;
  }
  if (size > left) throw unusable(full, `with it there are more than ${mostBytes} bytes`);
  return { path, size, sha256: hash.digest('hex'), mode: octal((await lstat(full)).mode) };
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
