import { listen } from '../api/listener.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { systemClock } from '../lib/clock.ts';
import { version } from '../lib/version.ts';
import { readCertificate } from './certificate.ts';
import { collectGarbage, systemMemory } from './garbage.ts';
import type { ServerLogger } from './log.ts';
import { reload } from './reload.ts';
import type { ReloadSignal } from './reload-signal.ts';
import { buildServices } from './services.ts';

/** What a server is started with. */
export interface Start {
  readonly configuration: LoadedConfiguration;
  /** Puts the configuration together anew. @throws AppError `invalid_configuration` */
  readonly load: () => LoadedConfiguration;
  readonly logger: ServerLogger;
  readonly reloadSignal: ReloadSignal;
}

/** Serves until the process is asked to end, at whatever point of its start that is. */
export async function run({ configuration, load, logger, reloadSignal }: Start): Promise<void> {
  const { listenInterface: address, listenPort: port, dataDir, tlsPemfile } = configuration;
  const pem = tlsPemfile === undefined ? {} : { pem: readCertificate(tlsPemfile) };
  using _garbage = collectGarbage(systemMemory);
  const asked = askedToEnd();
  const services = await buildServices(configuration, systemClock, logger);
  try {
    const listener = listen(services.handle, { address, port, ...pem });
    logger.info({ url: listener.url, dataDir, version }, 'listening');
    reloadSignal.handleWith(() => reload(configuration, load, { logger, services, listener }));
    await services.begin();
    const signal = await asked;
    logger.info({ signal }, 'stopping');
    await listener.stop();
  } finally {
    await services.end();
  }
}

function askedToEnd(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
}
