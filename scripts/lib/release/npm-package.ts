import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PinnedPackage } from './pins.ts';
import { ran } from './ran.ts';
import { root } from './root.ts';

/** Outside of dist/, because what is here costs a download. */
const cache = join(root, '.tools/release');

/**
 * The directory of an unpacked package of the registry, fetched through npm unless it is in the cache. The archive is
 * compared with its pinned digest each time, also when it was in the cache, before anything of it is unpacked.
 *
 * @throws Error when it cannot be fetched, or when its digest is another one
 */
export async function unpackedPackage(pinned: PinnedPackage): Promise<string> {
  const archive = await archiveOf(pinned);
  const directory = archive.replace(/\.tgz$/, '');
  if (existsSync(directory)) return directory;
  const unfinished = mkdtempSync(join(cache, 'unpacking-'));
  await ran('tar', ['-xzf', archive, '-C', unfinished]);
  // Another release may have been faster; both have unpacked the same bytes.
  if (!existsSync(directory)) renameSync(join(unfinished, 'package'), directory);
  rmSync(unfinished, { recursive: true, force: true });
  return directory;
}

async function archiveOf(pinned: PinnedPackage): Promise<string> {
  const { name, version } = pinned;
  const archive = join(cache, `${name.replaceAll(/[@/]/g, '-').replace(/^-/, '')}-${version}.tgz`);
  if (existsSync(archive)) {
    verify(archive, pinned);
    return archive;
  }
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, 'fetching-'));
  try {
    await ran('npm', ['pack', '--silent', '--pack-destination', unfinished, `${name}@${version}`]);
    const [fetched = ''] = readdirSync(unfinished);
    verify(join(unfinished, fetched), pinned);
    renameSync(join(unfinished, fetched), archive);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return archive;
}

function verify(archive: string, { name, version, integrity }: PinnedPackage): void {
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found === integrity) return;
  throw new Error(
    `${archive} is not ${name}@${version} as it is pinned: its digest is ${found}, wanted is ${integrity}; ` +
      'remove the file to fetch it again, and do not release if the digest stays another one',
  );
}
