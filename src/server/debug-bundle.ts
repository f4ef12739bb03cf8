import { Faults } from '../config/faults.ts';
import { type ConfigurationRequest, gatherSettings } from '../config/gather.ts';
import { type ShownOption, showConfiguration } from '../config/shown.ts';
import { AppError } from '../lib/errors.ts';
import { type Bundle, makeBundle } from '../upkeep/bundle/bundle.ts';
import { knownSecrets } from '../upkeep/bundle/known-secrets.ts';
import { catalogue } from './catalogue.ts';
import { examinedSite } from './examined-site.ts';

/**
 * Collects a bundle about the installation that flags, environment and configuration file name.
 *
 * @throws AppError `invalid_configuration` when the configuration file cannot be read
 */
export async function debugBundle(request: ConfigurationRequest, logFile: string | undefined): Promise<Bundle> {
  const site = await examinedSite(request);
  const { settings } = gatherSettings(request, new Faults());
  const countRecords = () => counted(site.dataDir);
  return makeBundle(
    { site, configuration: shownIfSound(request), logFile, countRecords },
    knownSecrets(settings, site.dataDir),
  );
}

/** The findings of the doctor have the faults. */
function shownIfSound(request: ConfigurationRequest): ShownOption[] | undefined {
  try {
    return showConfiguration(request);
  } catch (error) {
    if (error instanceof AppError || error instanceof AggregateError) return undefined;
    throw error;
  }
}

async function counted(dataDir: string): Promise<Record<string, number>> {
  const collections = catalogue.flatMap(({ collection }) => (collection.form === 'bytes' ? [] : [collection]));
  // Imported late, because this loads the store's native addon.
  const { openReadOnly } = await import('../store/read-only.ts');
  await using store = openReadOnly(dataDir, collections);
  const counts = await Promise.all(collections.map(async (each) => [each.name, await store.count(each)] as const));
  return Object.fromEntries(counts);
}
