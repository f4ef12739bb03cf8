import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultDataDirectory, runsAsRoot } from './data-directory.ts';
import { findConfiguration, systemConfigurationFile } from './discovery.ts';
import { type Environment, optionsOfEnvironment } from './environment.ts';
import { optionsOfFile } from './file.ts';
import { optionsOfFlags, type ServerFlags } from './flags.ts';
import { fault } from './given.ts';
import { type HookConfiguration, readHooks } from './hooks.ts';
import { configurationNotes } from './notes.ts';
import { type LogLevel, logLevels } from './options.ts';
import { refuseUnsaidPlainHttp } from './plain-http.ts';
import { type PluginConfiguration, readPlugins } from './plugins.ts';
import { Settings } from './settings.ts';
import { readBoolean, readChoice, readInteger, readListenAddress, readPath, readSize, readTexts } from './values.ts';

export interface ServerConfiguration {
  readonly listenInterface: string;
  readonly listenPort: number;
  readonly tlsPemfile: string | undefined;
  /** In the order they are tried; no name twice. */
  readonly authenticationPlugins: readonly PluginConfiguration[];
  readonly selfAuths: readonly string[];
  readonly dataDir: string;
  /** Absolute. */
  readonly copySources: readonly string[];
  /** Bytes. */
  readonly logLimit: number;
  readonly hooks: readonly HookConfiguration[];
  readonly insecure: boolean;
  readonly logLevel: LogLevel;
  /** The file that was read, or `standard input`. */
  readonly configurationFile: string | undefined;
}

export interface ConfigurationRequest {
  readonly flags: ServerFlags;
  readonly environment: Environment;
  /** For tests: instead of the file in /etc. */
  readonly systemFile?: string;
  /** For tests: instead of who runs the process. */
  readonly root?: boolean;
  /** For tests: instead of the process's standard input. */
  readonly readStandardInput?: () => string;
}

/**
 * Puts the server's configuration together: flags over environment over file over defaults. `notes` are sentences for
 * the log: what was accepted and ignored, and what is risky.
 *
 * @throws AppError `invalid_configuration` saying where, what is wrong and the fix
 */
export function loadServerConfiguration(request: ConfigurationRequest): ServerConfiguration & { notes: string[] } {
  const flags = optionsOfFlags(request.flags);
  const environment = optionsOfEnvironment(request.environment);
  const found = findConfiguration({
    flags,
    environment,
    systemFile: request.systemFile ?? systemConfigurationFile,
    readStandardInput: request.readStandardInput ?? (() => readFileSync(0, 'utf8')),
  });
  const settings = new Settings({ flags, environment, file: found === undefined ? new Map() : optionsOfFile(found) });
  const configuration: ServerConfiguration = {
    listenInterface: readListenAddress(settings.get('listen-interface')),
    listenPort: readInteger(settings.get('listen-port')),
    tlsPemfile: tlsPemfile(settings),
    authenticationPlugins: plugins(settings),
    selfAuths: selfAuths(settings),
    dataDir: dataDirectory(settings, request),
    copySources: copySources(settings),
    logLimit: readSize(settings.get('log-limit')),
    hooks: hooks(settings),
    insecure: readBoolean(settings.get('insecure')),
    logLevel: logLevel(settings),
    configurationFile: found?.source,
  };
  refuseUnsaidPlainHttp(configuration, settings.get('listen-interface').where);
  return { ...configuration, notes: configurationNotes(configuration, settings, request.environment) };
}

function tlsPemfile(settings: Settings): string | undefined {
  const verify = settings.find('tls-clientverifyfile');
  if (verify !== undefined) {
    const problem = 'tls-clientverifyfile is set, but this version does not verify client certificates';
    throw fault(verify.where, problem, 'take it out, and let clients log in by password with httpbasicauth');
  }
  const file = settings.find('tls-pemfile');
  return file && readPath(file);
}

/** Of two plugins with one name the last counts, as in the original (contract 9.1); the notes say so. */
function plugins(settings: Settings): PluginConfiguration[] {
  const given = settings.find('authentication-plugins');
  const configured = given === undefined ? [] : readPlugins(given);
  return [...new Map(configured.map((plugin) => [plugin.name, plugin])).values()];
}

function selfAuths(settings: Settings): string[] {
  const given = settings.find('self-auths');
  if (given === undefined) return [];
  const paths = readTexts(given);
  const wrong = paths.find((path) => !path.startsWith('/'));
  if (wrong === undefined) return paths;
  throw fault(
    given.where,
    `"${wrong}" in self-auths is not a path`,
    'write the path of the URL, such as "/api/v0/hosts"',
  );
}

function copySources(settings: Settings): string[] {
  const given = settings.find('copy-sources');
  return given === undefined ? [] : readTexts(given).map((directory) => resolve(directory));
}

function hooks(settings: Settings): HookConfiguration[] {
  const given = settings.find('hooks');
  return given === undefined ? [] : readHooks(given);
}

function dataDirectory(settings: Settings, { environment, root = runsAsRoot() }: ConfigurationRequest): string {
  const given = settings.find('data-dir');
  return given === undefined ? defaultDataDirectory({ root, environment }) : readPath(given);
}

/** `debug` lowers the level, unless the level was given more strongly: a flag wins over `debug` in the file. */
function logLevel(settings: Settings): LogLevel {
  const debug = readBoolean(settings.get('debug')) && settings.rank('debug') <= settings.rank('log-level');
  return debug ? 'debug' : readChoice(settings.get('log-level'), logLevels);
}
