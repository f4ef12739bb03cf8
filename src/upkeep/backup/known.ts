import { AppError } from '../../lib/errors.ts';
import { version } from '../../lib/version.ts';
import type { Catalogue } from '../../store/catalogue.ts';
import { schemaVersion } from '../../store/stored-form.ts';
import type { Manifest } from './file/manifest.ts';

/**
 * Refuses a backup that this build cannot read. Data of an earlier build is upgraded at the next start of the server.
 *
 * @throws AppError `backup_newer`
 */
export function checkKnown(
  manifest: Pick<Manifest, 'version' | 'store_schema' | 'collections'>,
  catalogue: Catalogue,
): void {
  if (isLater(manifest.version, version)) {
    throw newer(`version ${manifest.version} of commissaire wrote the backup, and this is ${version}`);
  }
  if (manifest.store_schema > schemaVersion) {
    throw newer(
      `the store in the backup has the schema ${manifest.store_schema}, and this build knows ${schemaVersion}`,
    );
  }
  const known = new Map(catalogue.map((each) => [each.collection.name, each.version]));
  for (const [name, stored] of Object.entries(manifest.collections)) {
    const here = known.get(name);
    if (here === undefined || stored <= here) continue;
    throw newer(`the collection ${name} in the backup has the version ${stored}, and this build knows ${here}`);
  }
}

/** The versions of all collections in a store that this build has opened and upgraded. */
export function collectionsOf(catalogue: Catalogue): Record<string, number> {
  return Object.fromEntries(catalogue.map(({ collection, version }) => [collection.name, version]));
}

function newer(what: string): AppError {
  return new AppError('backup_newer', what, {
    hint: 'restore it with the version of commissaire that wrote it, or a later one; nothing was changed',
  });
}

/** Compares the numbers of two versions. What follows a hyphen does not count. */
function isLater(one: string, other: string): boolean {
  const [left, right] = [one, other].map((text) => (text.split('-')[0] ?? '').split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const [first = 0, second = 0] = [left?.[index], right?.[index]];
    if (first !== second) return first > second;
  }
  return false;
}
