import { backupConfiguration } from './backups.ts';
import { Faults } from './faults.ts';
import { type ConfigurationRequest, type Gathered, gatherSettings } from './gather.ts';
import type { Given } from './given.ts';
import { dataDirectory } from './load.ts';
import { maskedValue } from './masked.ts';
import { boundsOf, type ServerOption, serverOptions } from './options.ts';
import { unixSocket } from './unix-socket.ts';
import { readBoolean, readDurationIn, readInteger } from './values.ts';

/** An option with the value that applies. */
export interface ShownOption {
  readonly name: string;
  /** As JSON of the option's type, with secrets masked; undefined when there is none. */
  readonly value: unknown;
  /**
   * The source that applies, and the place in it: `file /etc/commissaire/commissaire.conf:3:18`, `flag --debug`,
   * `default`.
   */
  readonly origin: string;
}

/**
 * All options, each with the value that applies and its origin.
 *
 * @throws AppError `invalid_configuration`
 */
export function showConfiguration(request: ConfigurationRequest): ShownOption[] {
  const faults = new Faults();
  const gathered = gatherSettings(request, faults);
  faults.end();
  return serverOptions.map((option) => shown(option, gathered, request));
}

function shown(
  option: ServerOption,
  { settings, configurationFile }: Gathered,
  surroundings: Pick<ConfigurationRequest, 'environment' | 'root'>,
): ShownOption {
  const { name } = option;
  const given = settings.find(name);
  const origin = settings.origin(name);
  const place = origin === 'default' ? 'default' : `${origin} ${given?.where}`;
  // These have a value even when it was not given.
  const dataDir = dataDirectory(settings, surroundings);
  if (name === 'data-dir') return { name, value: dataDir, origin: place };
  if (name === 'backup-directory') {
    return { name, value: backupConfiguration(settings, dataDir).directory, origin: place };
  }
  if (name === 'unix-socket') return { name, value: unixSocket(settings, dataDir)?.path, origin: place };
  if (name === 'config-file') return { name, value: configurationFile, origin: place };
  return { name, value: given && shownValue(option, given), origin: place };
}

/** Flags and the environment contain only texts: the value is that of the same text in the file. */
function shownValue(option: ServerOption, given: Given): unknown {
  const { name, type, range } = option;
  if (type === 'integer') return readInteger(given, range);
  if (type === 'duration') return readDurationIn(given, boundsOf(option));
  if (type === 'boolean') return readBoolean(given);
  return maskedValue(given, name);
}
