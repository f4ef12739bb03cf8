import { readFileSync } from 'node:fs';
import { listen } from '../api/listener.ts';
import type { ServerConfiguration } from '../config/load.ts';
import { systemClock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { version } from '../lib/version.ts';
import { collectGarbage, systemMemory } from './garbage.ts';
import { buildServices } from './services.ts';

/** Serves until the process is asked to end, at whatever point of its start that is. */
export async function run(configuration: ServerConfiguration, logger: Logger): Promise<void> {
  const { listenInterface: address, listenPort: port, dataDir, tlsPemfile } = configuration;
  const pem = tlsPemfile === undefined ? {} : { pem: readPem(tlsPemfile) };
  using _garbage = collectGarbage(systemMemory);
  const asked = askedToEnd();
  const services = await buildServices(configuration, systemClock, logger);
  try {
    const listener = listen(services.handle, { address, port, ...pem });
    logger.info({ url: listener.url, dataDir, version }, 'listening');
    await services.begin();
    const signal = await asked;
    logger.info({ signal }, 'stopping');
    await listener.stop();
  } finally {
    await services.end();
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('invalid_configuration', `cannot read the TLS certificate ${path}`, {
      hint: 'give a PEM file with the certificate chain and the private key',
      cause,
    });
  }
}

function askedToEnd(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
}
