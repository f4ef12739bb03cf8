import { resolve } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { Faults } from '../config/faults.ts';
import { gatherSettings } from '../config/gather.ts';
import { dataDirectory } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { finishRestore } from '../store/lock.ts';
import { ensureAddonDirectory } from './addon-directory.ts';

/** The data directory that is meant: the given one, or that of the server with these settings. */
export interface DataPlace {
  readonly dataDir: string | undefined;
  readonly environment: Environment;
}

export interface FoundPlace {
  readonly directory: string;
  readonly settings: Settings;
  readonly configurationFile: string | undefined;
}

/**
 * The data directory, after making sure that its store can be loaded, and the settings of its server. Other faults of
 * the settings do not matter here.
 *
 * @throws AppError `invalid_configuration` when the configuration file cannot be read, `store_unusable`
 */
export function dataPlace(place: DataPlace): FoundPlace {
  const found = placeWithoutStore(place);
  ensureAddonDirectory({ dataDir: found.directory, configurationFile: found.configurationFile });
  return found;
}

/** The same for work that does not load the store. @throws AppError `invalid_configuration` */
export function placeWithoutStore({ dataDir, environment }: DataPlace): FoundPlace {
  completeRestore(dataDir, environment);
  const request = { flags: dataDir === undefined ? {} : { 'data-dir': dataDir }, environment };
  const { settings, configurationFile } = gatherSettings(request, new Faults());
  return { directory: dataDirectory(settings, request), settings, configurationFile };
}

/**
 * Completes a restore that was killed in the moment in which there is no data directory. It is done before the configuration is
 * read, because the configuration file may be in that directory.
 */
export function completeRestore(given: string | undefined, environment: Environment): void {
  const directory = given ?? environment.COMMISSAIRE_DATA_DIR;
  if (directory !== undefined && directory !== '') finishRestore(resolve(directory));
}
