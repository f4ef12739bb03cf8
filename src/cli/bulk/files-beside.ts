import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NearbyFiles } from '../../inventory/formats/nearby-files.ts';
import { withoutByteOrderMark } from '../../lib/byte-order-mark.ts';
import { systemErrorCode } from '../../lib/errors.ts';
import { systemReason } from '../../lib/system-reason.ts';

/** The files in the directory of a file. */
export function filesBeside(file: string): NearbyFiles {
  const shown = (path: string) => join(dirname(file), path);
  return {
    async list(path) {
      const names = await readdir(shown(path)).catch((error: unknown) => {
        if (/^(?:ENOENT|ENOTDIR)$/.test(systemErrorCode(error) ?? '')) return undefined;
        throw unreadable(error);
      });
      if (names === undefined) return undefined;
      return Promise.all(names.map(async (name) => ((await isDirectory(join(shown(path), name))) ? `${name}/` : name)));
    },
    async read(path) {
      const text = await readFile(shown(path), 'utf8').catch((error: unknown) => {
        throw unreadable(error);
      });
      return withoutByteOrderMark(text);
    },
    shown,
  };
}

function unreadable(error: unknown): Error {
  return new Error(`it cannot be read: ${systemReason(error)}`, { cause: error });
}

/** Also for a link to one. */
async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
