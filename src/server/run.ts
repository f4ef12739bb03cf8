import type { RequestHandler } from '../api/app.ts';
import { listen } from '../api/listener.ts';
import { listenOnUnixSocket, type UnixListener } from '../api/unix-listener.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { abortable } from '../lib/abortable.ts';
import { inCidrs } from '../lib/cidr.ts';
import { systemClock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { isLoopback } from '../lib/loopback.ts';
import { version } from '../lib/version.ts';
import type { ServerLogger } from '../telemetry/log/log.ts';
import { readServerTls } from './certificate.ts';
import { CertificateRenewal } from './certificate-renewal.ts';
import { connectionLimits } from './connection-limits.ts';
import { descriptorWatch } from './descriptor-watch.ts';
import { reload } from './reload.ts';
import type { ReloadSignal } from './reload-signal.ts';
import { ServiceManager } from './service-manager.ts';
import { buildServices, type Services, type Tuning } from './services.ts';
import { AskedToEnd, type StopSignal } from './stop-signal.ts';
import { listenerFamilies } from './telemetry/listeners.ts';
import { listenForMetrics } from './telemetry/metrics-listener.ts';

/** What a server needs to start. */
export interface Start {
  readonly configuration: LoadedConfiguration;
  /** Reads the configuration again. @throws AppError `invalid_configuration` */
  readonly load: () => LoadedConfiguration;
  readonly logger: ServerLogger;
  readonly reloadSignal: ReloadSignal;
  readonly stopSignal: StopSignal;
  /** Nobody unless given. */
  readonly manager?: ServiceManager;
  readonly tuning?: Tuning;
}

/**
 * Serves until the process is asked to end, even during its start. Whether it ends so or because the start failed, it
 * disposes of everything that was opened, the newest first.
 *
 * @throws AppError `invalid_configuration`, `data_directory_in_use`, `store_unusable`
 */
export async function run(start: Start): Promise<void> {
  const { logger, stopSignal } = start;
  const { asked } = stopSignal;
  const tell = () => logger.info({ signal: stopSignal.received }, 'stopping');
  if (asked.aborted) tell();
  else asked.addEventListener('abort', tell, { once: true });
  try {
    await serve(start);
  } catch (error) {
    const [first, ...later] = faultsIn(error);
    for (const fault of later) logger.error({ err: fault }, 'the server could not let go of something');
    if (!(first instanceof AskedToEnd)) throw first;
    if (later.length > 0) throw later[0];
  }
}

/** Only ever rejects: with the error of a failed start, or with an `AskedToEnd`. */
async function serve(start: Start): Promise<never> {
  const { configuration, load, logger, reloadSignal, stopSignal, tuning } = start;
  const { manager = new ServiceManager({ socket: undefined, watchdogMs: undefined }, logger) } = start;
  const { listenInterface: address, listenPort: port, dataDir, trustedProxies } = configuration;
  const { asked } = stopSignal;
  const whileOpening = () => manager.extendWhile('opening the store, and upgrading it if necessary');
  await using opened = new AsyncDisposableStack();
  try {
    asked.throwIfAborted();
    const tls = readServerTls(configuration);
    const tuned = { ...tuning, whileOpening };
    const services = opened.use(await buildServices(configuration, systemClock, logger, tuned, asked));
    const listeners: { stop(): Promise<void> }[] = [];
    opened.defer(async () => void (await Promise.all(listeners.map((each) => each.stop()))));
    const limits = connectionLimits(configuration, logger);
    const isTrusted = inCidrs(trustedProxies);
    const isProxy = (address: string) => isLoopback(address) || isTrusted(address);
    const watched = { limits, isProxy, runningOut: descriptorWatch(), clock: systemClock, logger };
    const listener = await listen(services.handle, { address, port, tls, ...watched });
    listeners.push(listener);
    const local = await listenLocally(services.handle, configuration, logger);
    if (local !== undefined) listeners.push(local);
    services.measureListeners(() => listenerFamilies(listener.load(), limits));
    const metricsUrl = listenForMetricsAt(configuration, services, listeners);
    logger.info({ url: listener.url, socket: local?.path, metrics: metricsUrl, dataDir, version }, 'listening');
    const { audited, emit } = services;
    const renewal = new CertificateRenewal({ configuration, clock: systemClock, logger, audited, emit, listener });
    opened.use(renewal);
    const status = `serving ${listener.url}`;
    const reloading = async () => {
      const shown = await reload(configuration, load, { logger, services, listener });
      if (shown !== undefined) renewal.follow(shown);
    };
    reloadSignal.handleWith(() => manager.reloading(reloading, status));
    await services.begin();
    renewal.begin();
    manager.ready(status);
    return await untilStopped({ asked, services, manager, stopTimeout: configuration.stopTimeout });
  } finally {
    // Disposing may hang; then the next signal ends the process.
    stopSignal[Symbol.dispose]();
  }
}

interface Stopping {
  readonly asked: AbortSignal;
  readonly services: Services;
  readonly manager: ServiceManager;
  /** Seconds. */
  readonly stopTimeout: number;
}

/** How long the rest of a stop may take, once machines are left to the next server. */
const lettingGoMs = 30_000;

/** Once asked to end, waits for what would be lost with this server, and then rejects. Reads are answered meanwhile. */
async function untilStopped({ asked, services, manager, stopTimeout }: Stopping): Promise<never> {
  try {
    return await abortable(new Promise<never>(() => {}), asked);
  } finally {
    const status = `stopping: commands in flight have ${stopTimeout} s to end`;
    manager.stopping(status, stopTimeout * 1000 + lettingGoMs);
    await services.drain(stopTimeout * 1000);
  }
}

/** The first error, then the errors of the disposal after it. */
function faultsIn(error: unknown): unknown[] {
  return error instanceof SuppressedError ? [...faultsIn(error.suppressed), ...faultsIn(error.error)] : [error];
}

/** Returns the URL of the metrics, if they have a listener of their own. @throws AppError `invalid_configuration` */
function listenForMetricsAt(
  { metricsListen }: LoadedConfiguration,
  { metrics }: Pick<Services, 'metrics'>,
  listeners: { stop(): Promise<void> }[],
): string | undefined {
  if (metricsListen === undefined) return undefined;
  const listener = listenForMetrics(metricsListen, metrics);
  listeners.push(listener);
  return listener.url;
}

/** A failure of the default socket does not prevent the start. The data directory is already locked. */
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
