import type { Listener } from '../api/listening.ts';
import { changedOptions } from '../config/changed.ts';
import { faultsOf } from '../config/faults.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { describeError } from '../lib/errors.ts';
import type { ServerLogger } from '../telemetry/log/log.ts';
import { readServerTls } from './certificate.ts';
import { levelsOf } from './log-levels.ts';
import type { Services } from './services.ts';

/** The parts of a running server that a reload can change. */
export interface Running {
  readonly logger: ServerLogger;
  readonly services: Pick<Services, 'prepareAuthentication' | 'audited'>;
  readonly listener: Pick<Listener, 'replaceTls'>;
}

/** The options that a reload applies; changes of others need a new start. */
const reloadable = [
  'authentication-plugins',
  'roles',
  'role-bindings',
  'default-role',
  'self-auths',
  'tls-pemfile',
  'tls-clientverifyfile',
  'certificate-renewal',
  'log-level',
  'log-levels',
  'logging',
  'debug',
];

/**
 * Reads the configuration again and applies its users, certificate and log level. If anything is wrong with it, nothing
 * changes and the log says what is wrong. Never throws.
 *
 * @returns the configuration that counts for TLS now; undefined when that stays as it was
 */
export async function reload(
  started: LoadedConfiguration,
  load: () => LoadedConfiguration,
  { logger, services, listener }: Running,
): Promise<LoadedConfiguration | undefined> {
  const target = started.configurationFile ?? '';
  const act = { who: '', method: 'signal', action: 'reload', target, permission: '' };
  try {
    return await services.audited(act, () => takeOver(started, load(), { logger, services, listener }));
  } catch (error) {
    const faults = reasonsOf(error);
    logger.error({ faults }, 'the configuration was not reloaded: what counted before still counts');
    return undefined;
  }
}

async function takeOver(
  started: LoadedConfiguration,
  after: LoadedConfiguration,
  { logger, services, listener }: Running,
): Promise<LoadedConfiguration | undefined> {
  const admit = await services.prepareAuthentication(after);
  const isTlsReplaced = replaceTls(started, after, listener);
  admit();
  logger.setLevels(levelsOf(after));
  for (const note of after.notes) logger.warn({}, note);
  const later = changedOptions(started.settings, after.settings).filter(
    (name) => !reloadable.includes(name) || (name.startsWith('tls-') && !isTlsReplaced),
  );
  if (later.length > 0) logger.warn({ options: later }, 'these options changed, which takes effect at the next start');
  logger.info(
    { configuration: after.configurationFile, logLevel: after.logLevel, logLevels: after.moduleLevels },
    'reloaded the configuration',
  );
  return isTlsReplaced ? after : undefined;
}

/** Replaces the certificate. Turning TLS, or the verification of client certificates, on or off needs a new start. */
function replaceTls(
  before: LoadedConfiguration,
  after: LoadedConfiguration,
  { replaceTls }: Running['listener'],
): boolean {
  const isVerifying = (configuration: LoadedConfiguration) => configuration.tlsClientverifyfile !== undefined;
  if (replaceTls === undefined || isVerifying(before) !== isVerifying(after)) return false;
  const tls = readServerTls(after);
  if (tls === undefined) return false;
  replaceTls(tls);
  return true;
}

/** Handles any error, because a failed reload must not end the server. */
function reasonsOf(error: unknown): string[] {
  try {
    return faultsOf(error).map(describeError);
  } catch {
    return [describeError(error)];
  }
}
