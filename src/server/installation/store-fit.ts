import { checkVersions, collectionVersions } from '../../store/migration.ts';
import { catalogue } from '../catalogue.ts';
import { type DataPlace, dataPlace } from '../data-place.ts';

/**
 * Makes sure that this build can open the store of a data directory, without changing it. A server may be running on it.
 *
 * @throws AppError `store_unusable` when a newer version of the product wrote it, or it cannot be read;
 *   `invalid_configuration`
 */
export async function checkStoreOpens(place: DataPlace): Promise<void> {
  const { directory } = dataPlace(place);
  // Imported late, because this loads the store's native addon.
  const { openReadOnly } = await import('../../store/read-only.ts');
  await using store = openReadOnly(directory, [collectionVersions]);
  await checkVersions(store, catalogue);
}
