import type { ServerFlags } from '../config/flags.ts';
import { readStandardInput } from '../config/gather.ts';
import { loadServerConfiguration } from '../config/load.ts';
import { createLogger } from '../telemetry/log/log.ts';
import { ensureAddonDirectory } from './addon-directory.ts';
import { completeRestore } from './data-place.ts';
import { levelsOf } from './log-levels.ts';
import { ReloadSignal } from './reload-signal.ts';
import { ServiceManager, takeManager } from './service-manager.ts';
import { StopSignal } from './stop-signal.ts';
import { logConsole, logUnhandled } from './unhandled.ts';

/** How long remaining timers and connections may take to end, after the server is disposed of. */
const lastMomentMs = 1_000;

/**
 * `commissaire serve`: reads the configuration and serves until the process is asked to end.
 *
 * @throws AppError `invalid_configuration`, `data_directory_in_use`, `store_unusable`
 */
export async function runServer(flags: ServerFlags): Promise<void> {
  using reloadSignal = new ReloadSignal();
  const given = flags['data-dir'];
  completeRestore(typeof given === 'string' ? given : undefined, process.env);
  const load = loader(flags);
  const configuration = load();
  // After `load`: a configuration from a pipe is read in one blocking call, during which no handler runs.
  using stopSignal = new StopSignal();
  ensureAddonDirectory(configuration);
  const logger = createLogger({ ...levelsOf(configuration), format: configuration.logFormat });
  logUnhandled(logger);
  logConsole(logger);
  using manager = new ServiceManager(takeManager(process.env), logger);
  for (const note of configuration.notes) logger.warn({}, note);
  // Imported late, because this loads the store's native addon.
  const { run } = await import('./run.ts');
  try {
    await run({ configuration, load, logger, reloadSignal, stopSignal, manager });
  } finally {
    endSoon();
  }
}

/** A timer of a plugin may keep the process running; the server itself has ended by now. */
function endSoon(): void {
  setTimeout(() => process.exit(), lastMomentMs).unref();
}

/** Standard input can be read only once, so the server keeps its text. */
function loader(flags: ServerFlags) {
  let input: string | undefined;
  const once = () => {
    input ??= readStandardInput();
    return input;
  };
  return () => loadServerConfiguration({ flags, environment: process.env, readStandardInput: once });
}
