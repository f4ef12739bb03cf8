import type { ServerFlags } from '../config/flags.ts';
import { loadServerConfiguration } from '../config/load.ts';
import { ensureAddonDirectory } from './addon-directory.ts';
import { createLogger } from './log.ts';

/**
 * `commissaire serve`: reads the configuration and serves until the process is asked to end.
 *
 * @throws AppError `invalid_configuration`, `data_directory_in_use`, `store_unusable`
 */
export async function runServer(flags: ServerFlags): Promise<void> {
  const { notes, ...configuration } = loadServerConfiguration({ flags, environment: process.env });
  ensureAddonDirectory(configuration);
  const logger = createLogger(configuration.logLevel);
  for (const note of notes) logger.warn({}, note);
  // Only now: loading the store loads its native addon.
  const { run } = await import('./run.ts');
  await run(configuration, logger);
}
