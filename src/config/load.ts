import { resolve } from 'node:path';
import { backupConfiguration, refuseTwoSchedules } from './backups.ts';
import type { ServerConfiguration } from './configuration.ts';
import { defaultDataDirectory, runsAsRoot } from './data-directory.ts';
import { type Endpoint, readEndpoint, refuseOpenMetrics } from './endpoint.ts';
import { Faults, mapAll } from './faults.ts';
import { type ConfigurationRequest, type Gathered, gatherSettings } from './gather.ts';
import { fault } from './given.ts';
import { type HookConfiguration, readHooks } from './hooks.ts';
import { type LogLevel, logLevels, type ModuleLevels, readModuleLevels } from './log-levels.ts';
import { masterPassphraseFile } from './master-passphrase.ts';
import { configurationNotes } from './notes.ts';
import { boundsOf, logFormats, renewals, serverOptions } from './options.ts';
import { originalLevels } from './original-logging.ts';
import { refuseUnsaidPlainHttp } from './plain-http.ts';
import { type PluginConfiguration, readPlugins } from './plugins.ts';
import { type ConfiguredBinding, type ConfiguredRole, readBindings, readRoles } from './roles.ts';
import type { Settings } from './settings.ts';
import { tracingOf } from './tracing.ts';
import { unixSocket } from './unix-socket.ts';
import {
  readBoolean,
  readChoice,
  readDestinations,
  readDurationIn,
  readInteger,
  readListenAddress,
  readNetworks,
  readPath,
  readProxy,
  readProxyExceptions,
  readSize,
  readText,
  readTexts,
} from './values.ts';

export interface LoadedConfiguration extends ServerConfiguration {
  /** Notes for the log: ignored and risky options. */
  readonly notes: string[];
  /** The settings that the configuration is made of. */
  readonly settings: Settings;
}

/**
 * Loads the server's configuration: flags over environment over file over defaults.
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

/** Finds faults in the combination of valid values. */
export function checkTogether(settings: Settings, faults: Faults): void {
  faults.attempt(() => selfAuths(settings));
  faults.attempt(() => refuseOpenMetrics(settings.find('metrics-listen'), readBoolean(settings.get('metrics-open'))));
  faults.attempt(() => refuseTwoSchedules(settings));
  // A fault of tls-pemfile is reported already; plain HTTP is only its consequence.
  if (settings.faulty('tls-pemfile') !== undefined || settings.faulty('insecure') !== undefined) return;
  const listen = settings.get('listen-interface');
  const listener = {
    listenInterface: readListenAddress(listen),
    tlsPemfile: pathOf(settings, 'tls-pemfile'),
    insecure: readBoolean(settings.get('insecure')),
  };
  faults.attempt(() => refuseUnsaidPlainHttp(listener, listen.where));
}

/** The configuration from valid settings. */
export function configurationOf(
  { settings, configurationFile }: Gathered,
  surroundings: Pick<ConfigurationRequest, 'environment' | 'root'>,
): ServerConfiguration {
  return {
    listenInterface: readListenAddress(settings.get('listen-interface')),
    listenPort: readInteger(settings.get('listen-port')),
    tlsPemfile: pathOf(settings, 'tls-pemfile'),
    tlsClientverifyfile: pathOf(settings, 'tls-clientverifyfile'),
    certificateRenewal: readChoice(settings.get('certificate-renewal'), renewals),
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
    proxy: proxy(settings),
    noProxy: noProxy(settings),
    logLimit: readSize(settings.get('log-limit')),
    diskFloor: sizeOf(settings, 'disk-floor'),
    rebootTimeout: durationOf(settings, 'reboot-timeout'),
    stopTimeout: durationOf(settings, 'stop-timeout'),
    operationRetention: durationOf(settings, 'operation-retention'),
    operationLimit: readInteger(settings.get('operation-limit')),
    auditLimit: readInteger(settings.get('audit-limit')),
    auditRetention: durationOf(settings, 'audit-retention'),
    eventLimit: readInteger(settings.get('event-limit')),
    eventRetention: durationOf(settings, 'event-retention'),
    hooks: hooks(settings),
    backup: backupConfiguration(settings, dataDirectory(settings, surroundings)),
    insecure: readBoolean(settings.get('insecure')),
    logLevel: logLevel(settings),
    moduleLevels: moduleLevels(settings),
    logFormat: readChoice(settings.get('log-format'), logFormats),
    metricsListen: metricsListen(settings),
    tracing: tracingOf(settings, surroundings.environment),
    configurationFile,
  };
}

function pathOf(settings: Settings, name: string): string | undefined {
  const file = settings.find(name);
  return file && readPath(file);
}

function sizeOf(settings: Settings, name: string): number | undefined {
  const size = settings.find(name);
  return size && readSize(size);
}

/** A number of the option's unit. */
function durationOf(settings: Settings, name: string): number {
  const option = serverOptions.find((each) => each.name === name);
  if (option === undefined) throw new Error(`there is no option ${name}`);
  return readDurationIn(settings.get(name), boundsOf(option));
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

function proxy(settings: Settings): string | undefined {
  const given = settings.find('proxy');
  return given && readProxy(given);
}

function noProxy(settings: Settings): string[] {
  const given = settings.find('no-proxy');
  return given === undefined ? [] : readProxyExceptions(given);
}

function hooks(settings: Settings): HookConfiguration[] {
  const given = settings.find('hooks');
  return given === undefined ? [] : readHooks(given);
}

/** The data directory, given or by default. */
export function dataDirectory(
  settings: Settings,
  { environment, root = runsAsRoot() }: Pick<ConfigurationRequest, 'environment' | 'root'>,
): string {
  return pathOf(settings, 'data-dir') ?? defaultDataDirectory({ root, environment });
}

/** `debug` lowers the level, unless a stronger source sets the level: a flag overrides `debug` in the file. */
function logLevel(settings: Settings): LogLevel {
  const debug = readBoolean(settings.get('debug')) && settings.rank('debug') <= settings.rank('log-level');
  if (debug) return 'debug';
  const given = readChoice(settings.get('log-level'), logLevels);
  return settings.origin('log-level') === 'default' ? (originalLevels(settings.find('logging')).level ?? given) : given;
}

function moduleLevels(settings: Settings): ModuleLevels {
  const given = settings.find('log-levels');
  return given === undefined ? originalLevels(settings.find('logging')).modules : readModuleLevels(given);
}

function metricsListen(settings: Settings): Endpoint | undefined {
  const given = settings.find('metrics-listen');
  return given && readEndpoint(given);
}
