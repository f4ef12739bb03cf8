import { readFileSync } from 'node:fs';
import { type ConfigurationText, findConfiguration, systemConfigurationFile } from './discovery.ts';
import { type Environment, optionsOfEnvironment } from './environment.ts';
import type { Faults } from './faults.ts';
import { optionsOfFile } from './file.ts';
import { optionsOfFlags, type ServerFlags } from './flags.ts';
import type { Given } from './given.ts';
import { Settings } from './settings.ts';

export interface ConfigurationRequest {
  readonly flags: ServerFlags;
  readonly environment: Environment;
  /** For tests: replaces the file in /etc. */
  readonly systemFile?: string;
  /** For tests: replaces the user of the process. */
  readonly root?: boolean;
  /** Replaces the process's standard input. */
  readonly readStandardInput?: () => string;
}

export interface Gathered {
  readonly settings: Settings;
  /** The file that was read, or `standard input`. */
  readonly configurationFile: string | undefined;
}

/**
 * The settings from all sources. Collects their faults, except those of finding the file.
 *
 * @throws AppError `invalid_configuration` when the named file cannot be read
 */
export function gatherSettings(request: ConfigurationRequest, faults: Faults): Gathered {
  const flags = faults.attempt(() => optionsOfFlags(request.flags)) ?? new Map<string, Given>();
  const environment = faults.attempt(() => optionsOfEnvironment(request.environment)) ?? new Map<string, Given>();
  const found = findConfiguration({
    flags,
    environment,
    systemFile: request.systemFile ?? systemConfigurationFile,
    readStandardInput: request.readStandardInput ?? readStandardInput,
  });
  return settingsOf(found, { flags, environment }, faults);
}

/** The settings of a file alone. Collects the faults. */
export function settingsOfFile(text: ConfigurationText, faults: Faults): Gathered {
  return settingsOf(text, { flags: new Map(), environment: new Map() }, faults);
}

export function readStandardInput(): string {
  return readFileSync(0, 'utf8');
}

type Layer = ReadonlyMap<string, Given>;

function settingsOf(
  found: ConfigurationText | undefined,
  others: { flags: Layer; environment: Layer },
  faults: Faults,
): Gathered {
  const file = found === undefined ? new Map<string, Given>() : optionsOfFile(found, faults);
  return { settings: new Settings({ ...others, file }, faults), configurationFile: found?.source };
}
