import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { describeError, systemErrorCode } from '../lib/errors.ts';
import { fault, type Given } from './given.ts';
import { readBoolean, readPath, readText } from './values.ts';

/** The default location of the configuration. */
export const systemConfigurationFile = '/etc/commissaire/commissaire.conf';
/** The name of the configuration file inside a data directory. */
export const configurationFileName = 'commissaire.conf';

export interface ConfigurationText {
  /** The name in messages: the absolute path, or `standard input`. */
  readonly source: string;
  readonly text: string;
}

export interface ConfigurationSearch {
  readonly flags: ReadonlyMap<string, Given>;
  readonly environment: ReadonlyMap<string, Given>;
  readonly systemFile: string;
  readStandardInput(): string;
}

/**
 * Finds and reads the one configuration file: `--config-file`, else `$COMMISSAIRE_CONFIG`, else `commissaire.conf` in a
 * given data directory, else the system's. The first two must exist; the others may be missing.
 *
 * @throws AppError `invalid_configuration`
 */
export function findConfiguration(search: ConfigurationSearch): ConfigurationText | undefined {
  const named = search.flags.get('config-file');
  const none = search.flags.get('no-config-file');
  if (none !== undefined && readBoolean(none)) {
    if (named === undefined) return undefined;
    throw fault(none.where, 'a configuration file is named as well', 'give one of the two');
  }
  const file = named ?? search.environment.get('config-file');
  if (file !== undefined) return readConfiguration(file, search.readStandardInput);
  const dataDirectory = search.flags.get('data-dir') ?? search.environment.get('data-dir');
  const besideData = dataDirectory && readIfThere(join(readPath(dataDirectory), configurationFileName));
  return besideData ?? readIfThere(search.systemFile);
}

/**
 * Reads the named file, or standard input for `-`.
 *
 * @throws AppError `invalid_configuration`
 */
export function readConfiguration(given: Given, readStandardInput: () => string): ConfigurationText {
  if (readText(given) === '-') return { source: 'standard input', text: withoutByteOrderMark(readStandardInput()) };
  const path = readPath(given);
  const found = readIfThere(path);
  if (found !== undefined) return found;
  throw fault(
    given.where,
    `there is no configuration file ${path}`,
    'name one that is there, or make one: commissaire init',
  );
}

function readIfThere(path: string): ConfigurationText | undefined {
  try {
    return { source: resolve(path), text: withoutByteOrderMark(readFileSync(path, 'utf8')) };
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const problem = `the configuration file cannot be read: ${describeError(cause)}`;
    throw fault(path, problem, 'give the user of the server the right to read it', cause);
  }
}
