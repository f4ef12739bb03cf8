import { resolve } from 'node:path';
import { defaultDataDirectory, runsAsRoot } from './data-directory.ts';
import { Faults, mapAll } from './faults.ts';
import { type ConfigurationRequest, type Gathered, gatherSettings } from './gather.ts';
import { fault } from './given.ts';
import { type HookConfiguration, readHooks } from './hooks.ts';
import { masterPassphraseFile } from './master-passphrase.ts';
import { configurationNotes } from './notes.ts';
import { type LogLevel, logLevels } from './options.ts';
import { refuseUnsaidPlainHttp } from './plain-http.ts';
import { type PluginConfiguration, readPlugins } from './plugins.ts';
import { type ConfiguredBinding, type ConfiguredRole, readBindings, readRoles } from './roles.ts';
import type { Settings } from './settings.ts';
import { type UnixSocketSetting, unixSocket } from './unix-socket.ts';
import {
  readBoolean,
  readChoice,
  readDestinations,
  readInteger,
  readListenAddress,
  readNetworks,
  readPath,
  readSize,
  readText,
  readTexts,
} from './values.ts';

export interface ServerConfiguration {
  readonly listenInterface: string;
  readonly listenPort: number;
  readonly tlsPemfile: string | undefined;
  /** Only counts with `tlsPemfile` (contract 10.1). */
  readonly tlsClientverifyfile: string | undefined;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly unixSocket: UnixSocketSetting | undefined;
  /** In the order they are tried. */
  readonly authenticationPlugins: readonly PluginConfiguration[];
  readonly roles: readonly ConfiguredRole[];
  readonly roleBindings: readonly ConfiguredBinding[];
  /** The role of callers to whom none is bound; `none` is no role. */
  readonly defaultRole: { readonly where: string; readonly name: string } | undefined;
  readonly selfAuths: readonly string[];
  /** Requests a second; 0 for any number. */
  readonly rateLimit: number;
  /** Addresses and networks whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[];
  readonly dataDir: string;
  /** Whether a store may be made beside a master key that is there. */
  readonly newStore: boolean;
  readonly upgradeWithoutSnapshot: boolean;
  /** The file with the passphrase of the master key. */
  readonly masterPassphraseFile: string | undefined;
  /** Absolute. */
  readonly copySources: readonly string[];
  /** What the server may be made to ask by gates, beside the machines. */
  readonly gateDestinations: readonly string[];
  /** Bytes. */
  readonly logLimit: number;
  /** Days that an operation is kept after its end. */
  readonly operationRetention: number;
  /** Operations that are kept. */
  readonly operationLimit: number;
  /** Entries of the audit trail. */
  readonly auditLimit: number;
  /** Days. */
  readonly auditRetention: number;
  readonly eventLimit: number;
  /** Days. */
  readonly eventRetention: number;
  readonly hooks: readonly HookConfiguration[];
  readonly insecure: boolean;
  readonly logLevel: LogLevel;
  /** The file that was read, or `standard input`. */
  readonly configurationFile: string | undefined;
}

export interface LoadedConfiguration extends ServerConfiguration {
  /** Sentences for the log: what was ignored, and what is risky. */
  readonly notes: string[];
  /** What it is made of. */
  readonly settings: Settings;
}

/**
 * Puts the server's configuration together: flags over environment over file over defaults.
 *
 * @throws AppError `invalid_configuration` saying where, what is wrong and the fix, for all faults at once
 */
export function loadServerConfiguration(request: ConfigurationRequest): LoadedConfiguration {
  const faults = new Faults();
  const gathered = gatherSettings(request, faults);
  checkTogether(gathered.settings, faults);
  faults.end();
  const configuration = configurationOf(gathered, request);
  const { settings } = gathered;
  return { ...configuration, settings, notes: configurationNotes(configuration, settings, request.environment) };
}

/** The faults of values that are sound each by itself. */
export function checkTogether(settings: Settings, faults: Faults): void {
  faults.attempt(() => selfAuths(settings));
  // A faulty tls-pemfile is told already; that passwords would be readable without it is no news.
  if (settings.faulty('tls-pemfile') !== undefined || settings.faulty('insecure') !== undefined) return;
  const listen = settings.get('listen-interface');
  const listener = {
    listenInterface: readListenAddress(listen),
    tlsPemfile: pathOf(settings, 'tls-pemfile'),
    insecure: readBoolean(settings.get('insecure')),
  };
  faults.attempt(() => refuseUnsaidPlainHttp(listener, listen.where));
}

/** What sound settings come to. */
export function configurationOf(
  { settings, configurationFile }: Gathered,
  surroundings: Pick<ConfigurationRequest, 'environment' | 'root'>,
): ServerConfiguration {
  return {
    listenInterface: readListenAddress(settings.get('listen-interface')),
    listenPort: readInteger(settings.get('listen-port')),
    tlsPemfile: pathOf(settings, 'tls-pemfile'),
    tlsClientverifyfile: pathOf(settings, 'tls-clientverifyfile'),
    maxConnections: readInteger(settings.get('max-connections')),
    maxConnectionsPerAddress: readInteger(settings.get('max-connections-per-address')),
    unixSocket: unixSocket(settings, dataDirectory(settings, surroundings)),
    authenticationPlugins: plugins(settings),
    roles: roles(settings),
    roleBindings: roleBindings(settings),
    defaultRole: defaultRole(settings),
    selfAuths: selfAuths(settings),
    rateLimit: readInteger(settings.get('rate-limit')),
    trustedProxies: trustedProxies(settings),
    dataDir: dataDirectory(settings, surroundings),
    newStore: readBoolean(settings.get('new-store')),
    upgradeWithoutSnapshot: readBoolean(settings.get('upgrade-without-snapshot')),
    masterPassphraseFile: masterPassphraseFile(settings, surroundings.environment),
    copySources: copySources(settings),
    gateDestinations: gateDestinations(settings),
    logLimit: readSize(settings.get('log-limit')),
    operationRetention: readInteger(settings.get('operation-retention')),
    operationLimit: readInteger(settings.get('operation-limit')),
    auditLimit: readInteger(settings.get('audit-limit')),
    auditRetention: readInteger(settings.get('audit-retention')),
    eventLimit: readInteger(settings.get('event-limit')),
    eventRetention: readInteger(settings.get('event-retention')),
    hooks: hooks(settings),
    insecure: readBoolean(settings.get('insecure')),
    logLevel: logLevel(settings),
    configurationFile,
  };
}

function pathOf(settings: Settings, name: string): string | undefined {
  const file = settings.find(name);
  return file && readPath(file);
}

function plugins(settings: Settings): PluginConfiguration[] {
  const given = settings.find('authentication-plugins');
  return given === undefined ? [] : readPlugins(given);
}

function roles(settings: Settings): ConfiguredRole[] {
  const given = settings.find('roles');
  return given === undefined ? [] : readRoles(given);
}

function roleBindings(settings: Settings): ConfiguredBinding[] {
  const given = settings.find('role-bindings');
  return given === undefined ? [] : readBindings(given);
}

function defaultRole(settings: Settings): ServerConfiguration['defaultRole'] {
  const given = settings.find('default-role');
  return given && { where: given.where, name: readText(given) };
}

function selfAuths(settings: Settings): string[] {
  const given = settings.find('self-auths');
  if (given?.kind !== 'list') return [];
  return mapAll(given.items, (item) => {
    const path = readText(item);
    if (path.startsWith('/')) return path;
    const fix = 'write the path of the URL, such as "/api/v0/hosts"';
    throw fault(item.where, `"${path}" in self-auths is not a path`, fix);
  });
}

function trustedProxies(settings: Settings): string[] {
  const given = settings.find('trusted-proxies');
  return given === undefined ? [] : readNetworks(given);
}

function copySources(settings: Settings): string[] {
  const given = settings.find('copy-sources');
  return given === undefined ? [] : readTexts(given).map((directory) => resolve(directory));
}

function gateDestinations(settings: Settings): string[] {
  const given = settings.find('gate-destinations');
  return given === undefined ? [] : readDestinations(given);
}

function hooks(settings: Settings): HookConfiguration[] {
  const given = settings.find('hooks');
  return given === undefined ? [] : readHooks(given);
}

/** Where the store is, given or not. */
export function dataDirectory(
  settings: Settings,
  { environment, root = runsAsRoot() }: Pick<ConfigurationRequest, 'environment' | 'root'>,
): string {
  return pathOf(settings, 'data-dir') ?? defaultDataDirectory({ root, environment });
}

/** `debug` lowers the level, unless the level was given more strongly: a flag wins over `debug` in the file. */
function logLevel(settings: Settings): LogLevel {
  const debug = readBoolean(settings.get('debug')) && settings.rank('debug') <= settings.rank('log-level');
  return debug ? 'debug' : readChoice(settings.get('log-level'), logLevels);
}
