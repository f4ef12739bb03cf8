import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemReason } from '../lib/system-reason.ts';
import { UsageError } from './usage-error.ts';

/** The largest body that a server accepts, in bytes. */
const mostBytes = 1024 * 1024;

interface LocalFile {
  path: string;
  content: string;
  mode: string;
}

/**
 * A request that contains a file, or a directory, of this machine.
 *
 * @param body makes the request from the parameters that describe the copy
 * @throws UsageError for a path that cannot be read, is no file, or is too large to be sent
 */
export async function localCopy<Body>(source: string, body: (parameters: object) => Body): Promise<Body> {
  try {
    const { mode, content, files } = await read(source);
    const request = body(files === undefined ? { mode, content } : { files });
    if (Buffer.byteLength(JSON.stringify(request)) > mostBytes) throw tooLarge(source);
    return request;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${source}: ${systemReason(error)}`, {
      hint: 'give a file or a directory that you can read',
      cause: error,
    });
  }
}

async function read(source: string): Promise<{ mode: string; content?: string; files?: LocalFile[] }> {
  const found = await stat(source);
  if (!found.isDirectory()) return readOne(source, source);
  const files: LocalFile[] = [];
  await readBelow(source, '', files);
  if (files.length > 0) return { mode: '', files };
  throw new UsageError(`${source} has no files in it`);
}

async function readBelow(source: string, below: string, files: LocalFile[]): Promise<void> {
  const entries = await readdir(join(source, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const full = join(source, path);
    if (entry.isSymbolicLink())
      throw new UsageError(`${full} is a link, and a directory with links in it is not copied`);
    if (entry.isDirectory()) await readBelow(source, path, files);
    else files.push({ path, ...(await readOne(full, source)) });
    const size = files.reduce((sum, { content }) => sum + content.length, 0);
    if (size > mostBytes) throw tooLarge(source);
  }
}

async function readOne(path: string, source: string): Promise<{ content: string; mode: string }> {
  const { size, mode } = await regular(path);
  if (size > mostBytes) throw tooLarge(source);
  const content = (await readFile(path)).toString('base64');
  return { content, mode: (mode & 0o777).toString(8).padStart(4, '0') };
}

async function regular(path: string) {
  const found = await stat(path);
  if (found.isFile()) return found;
  throw new UsageError(`${path} is not a regular file`);
}

function tooLarge(source: string): UsageError {
  return new UsageError(`${source} is too large: a request holds 1 MiB, about 750 KiB of files`, {
    hint: 'put it on the server below a directory of its option copy-sources, and copy it from there with --from-server',
  });
}
