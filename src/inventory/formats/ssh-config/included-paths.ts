import { join } from 'node:path';
import type { ConfigFiles } from './client.ts';

/**
 * The paths of files that a pattern of `Include` matches, sorted as glob(7) does: `*`, `?` and `[…]`, which match
 * neither a slash nor a dot at the beginning of a name. A path without these is itself, if it is there.
 *
 * @param pattern an absolute path
 */
export async function includedPaths(pattern: string, files: ConfigFiles): Promise<string[]> {
  let found = ['/'];
  for (const part of pattern.split('/').filter(Boolean)) {
    const matching = await Promise.all(
      found.map(async (directory) => {
        const names = await files.names(directory);
        return names.filter((name) => matchesPart(name, part)).map((name) => join(directory, name));
      }),
    );
    found = matching.flat();
  }
  return found.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function matchesPart(name: string, part: string): boolean {
  if (name.startsWith('.') && !part.startsWith('.')) return false;
  return expressionOf(part).test(name);
}

function expressionOf(part: string): RegExp {
  const source = part.replace(
    /\*+|\?|\[([!^]?)(\]?[^\]]*)\]|\\(.)|[^*?[\\]+|./gs,
    (all, not?: string, set?: string, escaped?: string) => {
      if (all.startsWith('*')) return '.*';
      if (all === '?') return '.';
      if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replace(/[\\[\]^]/g, '\\$&')}]`;
      return RegExp.escape(escaped ?? all);
    },
  );
  return new RegExp(`^${source}$`, 's');
}
