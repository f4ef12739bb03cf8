import type { Listener } from '../api/listening.ts';
import { changedOptions } from '../config/changed.ts';
import { faultsOf } from '../config/faults.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { describeError } from '../lib/errors.ts';
import { readServerTls } from './certificate.ts';
import type { ServerLogger } from './log.ts';
import type { Services } from './services.ts';

/** What of a running server can become another without a new start. */
export interface Running {
  readonly logger: ServerLogger;
  readonly services: Pick<Services, 'prepareAuthentication' | 'audited'>;
  readonly listener: Pick<Listener, 'replaceTls'>;
}

/** The options a reload looks at; the others are those of the start. */
const reloadable = [
  'authentication-plugins',
  'roles',
  'role-bindings',
  'default-role',
  'self-auths',
  'tls-pemfile',
  'tls-clientverifyfile',
  'log-level',
  'debug',
];

/**
 * Reads the configuration again and goes by its users, certificate and log level from now on, all of them or, when
 * anything is wrong with it, none: then the log says what. Never throws.
 */
export async function reload(
  started: LoadedConfiguration,
  load: () => LoadedConfiguration,
  { logger, services, listener }: Running,
): Promise<void> {
  const target = started.configurationFile ?? '';
  const act = { who: '', method: 'signal', action: 'reload', target, permission: '' };
  try {
    await services.audited(act, () => takeOver(started, load(), { logger, services, listener }));
  } catch (error) {
    const faults = reasonsOf(error);
    logger.error({ faults }, 'the configuration was not reloaded: what counted before still counts');
  }
}

async function takeOver(
  started: LoadedConfiguration,
  after: LoadedConfiguration,
  { logger, services, listener }: Running,
): Promise<void> {
  const admit = await services.prepareAuthentication(after);
  const isTlsReplaced = replaceTls(started, after, listener);
  admit();
  logger.setLevel(after.logLevel);
  for (const note of after.notes) logger.warn({}, note);
  const later = changedOptions(started.settings, after.settings).filter(
    (name) => !reloadable.includes(name) || (name.startsWith('tls-') && !isTlsReplaced),
  );
  if (later.length > 0) logger.warn({ options: later }, 'these options changed, which takes effect at the next start');
  logger.info({ configuration: after.configurationFile, logLevel: after.logLevel }, 'reloaded the configuration');
}

/** Whether there is TLS before and after, and clients show certificates or not: turning that on or off takes a new start. */
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

/** Whatever it is: a reload that fails is no reason for a server to end. */
function reasonsOf(error: unknown): string[] {
  try {
    return faultsOf(error).map(describeError);
  } catch {
    return [describeError(error)];
  }
}
