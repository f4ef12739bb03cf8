import type { Environment } from '../config/environment.ts';
import { Faults } from '../config/faults.ts';
import { gatherSettings } from '../config/gather.ts';
import { dataDirectory } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { ensureAddonDirectory } from './addon-directory.ts';

/** Which data directory is meant: the one given, or that of the server that these settings are for. */
export interface DataPlace {
  readonly dataDir: string | undefined;
  readonly environment: Environment;
}

/**
 * The data directory, once its store can be loaded, and the settings of its server. What else is wrong with those does
 * not matter here.
 *
 * @throws AppError `invalid_configuration` when the configuration file cannot be read, `store_unusable`
 */
export function dataPlace({ dataDir, environment }: DataPlace): { directory: string; settings: Settings } {
  const request = { flags: dataDir === undefined ? {} : { 'data-dir': dataDir }, environment };
  const { settings, configurationFile } = gatherSettings(request, new Faults());
  const directory = dataDirectory(settings, request);
  ensureAddonDirectory({ dataDir: directory, configurationFile });
  return { directory, settings };
}
