import type { RequestHandler } from '../api/app.ts';
import { listen } from '../api/listener.ts';
import { listenOnUnixSocket, type UnixListener } from '../api/unix-listener.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { systemClock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { isLoopback } from '../lib/loopback.ts';
import { inNetworks } from '../lib/networks.ts';
import { version } from '../lib/version.ts';
import { readServerTls } from './certificate.ts';
import { connectionLimits } from './connection-limits.ts';
import { descriptorWatch } from './descriptor-watch.ts';
import { always, collectGarbage, systemMemory } from './garbage.ts';
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
  const { listenInterface: address, listenPort: port, dataDir, trustedProxies } = configuration;
  const tls = readServerTls(configuration);
  using _garbage = collectGarbage(systemMemory, always);
  const asked = askedToEnd();
  const services = await buildServices(configuration, systemClock, logger);
  const listeners: { stop(): Promise<void> }[] = [];
  try {
    const limits = connectionLimits(configuration, logger);
    const isTrusted = inNetworks(trustedProxies);
    const isProxy = (address: string) => isLoopback(address) || isTrusted(address);
    const watched = { limits, isProxy, runningOut: descriptorWatch(), clock: systemClock, logger };
    const listener = await listen(services.handle, { address, port, tls, ...watched });
    listeners.push(listener);
    const local = await listenLocally(services.handle, configuration, logger);
    if (local !== undefined) listeners.push(local);
    logger.info({ url: listener.url, socket: local?.path, dataDir, version }, 'listening');
    reloadSignal.handleWith(() => reload(configuration, load, { logger, services, listener }));
    await services.begin();
    const signal = await asked;
    logger.info({ signal }, 'stopping');
  } finally {
    // Also after a start that failed: a process that still listens does not end.
    await Promise.all(listeners.map((each) => each.stop())).finally(() => services.end());
  }
}

function askedToEnd(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
}

/** A socket that nobody asked for is no reason not to start. The lock of the data directory is held by now. */
async function listenLocally(
  handle: RequestHandler,
  { unixSocket }: LoadedConfiguration,
  logger: Logger,
): Promise<UnixListener | undefined> {
  if (unixSocket === undefined) return undefined;
  try {
    return await listenOnUnixSocket(handle, unixSocket.path);
  } catch (error) {
    if (unixSocket.isGiven) throw error;
    logger.warn({ reason: describeError(error) }, 'serving without a Unix socket');
    return undefined;
  }
}
