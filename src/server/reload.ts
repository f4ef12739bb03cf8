import type { Listener } from '../api/listener.ts';
import { changedOptions } from '../config/changed.ts';
import { faultsOf } from '../config/faults.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { describeError } from '../lib/errors.ts';
import { readCertificate } from './certificate.ts';
import type { ServerLogger } from './log.ts';
import type { Services } from './services.ts';

/** What of a running server can become another without a new start. */
export interface Running {
  readonly logger: ServerLogger;
  readonly services: Pick<Services, 'prepareAuthentication'>;
  readonly listener: Pick<Listener, 'replaceCertificate'>;
}

/** The options a reload looks at; the others are those of the start. */
const reloadable = [
  'authentication-plugins',
  'roles',
  'role-bindings',
  'default-role',
  'self-auths',
  'tls-pemfile',
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
  try {
    const after = load();
    const admit = await services.prepareAuthentication(after);
    const isCertificateReplaced = replaceCertificate(after, listener);
    admit();
    logger.setLevel(after.logLevel);
    for (const note of after.notes) logger.warn({}, note);
    const later = changedOptions(started.settings, after.settings).filter(
      (name) => !reloadable.includes(name) || (name === 'tls-pemfile' && !isCertificateReplaced),
    );
    if (later.length > 0)
      logger.warn({ options: later }, 'these options changed, which takes effect at the next start');
    logger.info({ configuration: after.configurationFile, logLevel: after.logLevel }, 'reloaded the configuration');
  } catch (error) {
    const faults = reasonsOf(error);
    logger.error({ faults }, 'the configuration was not reloaded: what counted before still counts');
  }
}

/** Whether there is TLS before and after: turning it on or off takes a new start. */
function replaceCertificate({ tlsPemfile }: LoadedConfiguration, { replaceCertificate }: Running['listener']): boolean {
  if (tlsPemfile === undefined || replaceCertificate === undefined) return false;
  replaceCertificate(readCertificate(tlsPemfile));
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
