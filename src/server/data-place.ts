import type { Environment } from '../config/environment.ts';
import { Faults } from '../config/faults.ts';
import { gatherSettings } from '../config/gather.ts';
import { dataDirectory } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { ensureAddonDirectory } from './addon-directory.ts';

/** The data directory that is meant: the given one, or that of the server with these settings. */
export interface DataPlace {
  readonly dataDir: string | undefined;
  readonly environment: Environment;
}

/**
 * The data directory, after making sure that its store can be loaded, and the settings of its server. Other faults of
 * the settings do not matter here.
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
