import type { ServerFlags } from '../config/flags.ts';
import { readStandardInput } from '../config/gather.ts';
import { loadServerConfiguration } from '../config/load.ts';
import { ensureAddonDirectory } from './addon-directory.ts';
import { createLogger } from './log.ts';
import { ReloadSignal } from './reload-signal.ts';
import { logConsole, logUnhandled } from './unhandled.ts';

/**
 * `commissaire serve`: reads the configuration and serves until the process is asked to end.
 *
 * @throws AppError `invalid_configuration`, `data_directory_in_use`, `store_unusable`
 */
export async function runServer(flags: ServerFlags): Promise<void> {
  using reloadSignal = new ReloadSignal();
  const load = loader(flags);
  const configuration = load();
  ensureAddonDirectory(configuration);
  const logger = createLogger(configuration.logLevel);
  logUnhandled(logger);
  logConsole(logger);
  for (const note of configuration.notes) logger.warn({}, note);
  // Only now: loading the store loads its native addon.
  const { run } = await import('./run.ts');
  await run({ configuration, load, logger, reloadSignal });
}

/** Standard input can be read once; its text counts for as long as the server runs. */
function loader(flags: ServerFlags) {
  let input: string | undefined;
  const once = () => {
    input ??= readStandardInput();
    return input;
  };
  return () => loadServerConfiguration({ flags, environment: process.env, readStandardInput: once });
}
