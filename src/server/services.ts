import type { RequestHandler } from '../api/app.ts';
import { apiPart } from '../api/part.ts';
import { auditedAct, type LocalAct } from '../audit/local-act.ts';
import { AuditRetention } from '../audit/retention.ts';
import { Trail } from '../audit/trail.ts';
import type { AuthenticationConfiguration } from '../auth/build.ts';
import { accessReader, authPart } from '../auth/part.ts';
import type { WrittenRoles } from '../auth/role-configuration.ts';
import { TokenKeys } from '../auth/tokens/keys.ts';
import type { ServerConfiguration } from '../config/configuration.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import type { LogModule } from '../config/log-levels.ts';
import { DeadLetterRetention } from '../hooks/dead-letter-retention.ts';
import { DeadLetters } from '../hooks/dead-letters.ts';
import { Hooks } from '../hooks/hooks.ts';
import { seedNetworks } from '../inventory/networks.ts';
import { inventoryPart } from '../inventory/part.ts';
import { abortable } from '../lib/abortable.ts';
import type { Clock } from '../lib/clock.ts';
import { timeOrderedId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { Part } from '../lib/part.ts';
import { proxiesOf } from '../lib/proxies.ts';
import type { ServerReader } from '../lib/server-reader.ts';
import { Investigation } from '../operations/investigation.ts';
import { operationsPart } from '../operations/part.ts';
import type { NewEvent } from '../store/contract.ts';
import { openLmdbStore } from '../store/lmdb.ts';
import type { NewPassphrase } from '../store/passphrase-change.ts';
import type { ServerLogger } from '../telemetry/log/log.ts';
import { RecentLines } from '../telemetry/log/recent-lines.ts';
import type { Family } from '../telemetry/metrics/family.ts';
import { Measures } from '../telemetry/metrics/measures.ts';
import { Backups } from '../upkeep/backup/backups.ts';
import { forgetRestored, reasonOf, restoredIn } from '../upkeep/backup/restored.ts';
import { BackupSchedule } from '../upkeep/backup/schedule.ts';
import { backupPassphrase } from './backup-passphrase.ts';
import { catalogue } from './catalogue.ts';
import { EventRetention } from './event-retention.ts';
import { GarbageWatch, systemMemory, timedMemory } from './garbage.ts';
import { installationOf } from './installation.ts';
import { readMasterPassphrase } from './master-passphrase.ts';
import { Retention } from './retention.ts';
import { countCollection, requestCount, sweepCount } from './telemetry/counts.ts';
import { telemetryPart } from './telemetry/part.ts';
import { openTracing } from './telemetry/tracing.ts';
import { commitWatch, handshakeWatch } from './telemetry/watches.ts';
import { upgradeStore } from './upgrade.ts';

/** A complete server except for its socket. Disposing of it ends all work and closes the store. */
export interface Services extends AsyncDisposable {
  handle: RequestHandler;
  metrics: ServerReader['metrics'];
  /** Adds what only the listeners know to the metrics. */
  measureListeners(families: () => Family[]): void;
  /**
   * Starts the work, beginning with what an earlier server left. @throws what a part throws; the reason of the signal
   */
  begin(): Promise<void>;
  /**
   * Starts no operation and takes no machine any more. Resolves when no command runs whose outcome would be lost with
   * this server, or when the time is over; never rejects.
   */
  drain(withinMs: number): Promise<void>;
  /**
   * Prepares authentication and roles by another configuration, which applies once the returned function is called.
   *
   * @throws AppError `invalid_configuration`
   */
  prepareAuthentication(configuration: AuthenticationConfiguration & WrittenRoles): Promise<() => void>;
  /** Does work that no request asked for, and writes it to the audit trail. @throws what the work throws */
  audited<R>(act: LocalAct, work: () => Promise<R>): Promise<R>;
  /** Writes an event that no change of a record belongs to. @throws AppError `store_full` */
  emit(event: NewEvent): Promise<void>;
}

/** For tests: durations in milliseconds, and how much is kept. */
export interface Tuning {
  /** The interval of heartbeats to clients that follow events. */
  heartbeat?: number;
  /** From the first attempt of a hook to the second. */
  firstDelay?: number;
  maxEvents?: number;
  /** The deadline of one call to a container manager. */
  managerDeadline?: number;
  /** The pause before a failed node is tried again. */
  nodePause?: number;
  /** Starts what must run as long as the store is opened and upgraded, which may take long. */
  whileOpening?: () => Disposable;
  /** Replaces LMDB. */
  openStore?: typeof openLmdbStore;
}

/**
 * The one place that constructs the server. When something fails, or when the signal fires, everything constructed so
 * far is disposed of.
 *
 * @param stopping ends the start at any point
 * @throws AppError `invalid_configuration`, `data_directory_in_use`, `store_unusable`; the reason of the signal
 */
export async function buildServices(
  configuration: ServerConfiguration & Pick<LoadedConfiguration, 'settings'>,
  clock: Clock,
  logger: Logger & Partial<Pick<ServerLogger, 'recent' | 'lineCounts'>>,
  { openStore = openLmdbStore, whileOpening, ...tuning }: Tuning = {},
  stopping: AbortSignal = new AbortController().signal,
): Promise<Services> {
  // Work that still runs when the start ends finds the store closed.
  const unlessStopped = <T>(work: Promise<T>) => abortable(work, stopping);
  await using opened = new AsyncDisposableStack();
  const proxyFor = proxiesOf(configuration);
  const of = (module: LogModule) => logger.child({ module });
  const readAccess = accessReader({ clock, logger: of('auth'), stopping, proxyFor });
  const access = await unlessStopped(readAccess(configuration));
  const { dataDir: directory, masterPassphraseFile, newStore } = configuration;
  const withSnapshot = !configuration.upgradeWithoutSnapshot;
  const passphrase = masterPassphraseFile === undefined ? undefined : readMasterPassphrase(masterPassphraseFile);
  const measures = new Measures();
  const tracing = opened.use(
    await openTracing(configuration.tracing, { clock, logger: of('telemetry'), proxyFor, newId: timeOrderedId }),
  );
  const { tracer } = tracing;
  using _opening = whileOpening?.();
  const store = openStore({
    directory,
    clock,
    passphrase,
    newStore,
    diskFloor: configuration.diskFloor,
    catalogue,
    maxEvents: configuration.eventLimit,
    watchCommits: commitWatch({ measures, tracer, logger: of('store') }),
    ...tuning,
  });
  opened.defer(() => store.close());
  await unlessStopped(
    upgradeStore({ store, catalogue, clock, logger: of('store'), signal: stopping, directory, withSnapshot }),
  );
  await unlessStopped(store.finishRotation());
  const audit = opened.use(new Trail({ store, clock, logger: of('audit'), limit: configuration.auditLimit }));
  await unlessStopped(audit.begin());
  const { leases } = store;
  const common = { store, leases, clock, logger: of('server'), newId: timeOrderedId, configuration };
  const keys = await unlessStopped(TokenKeys.open(common));
  await unlessStopped(seedNetworks(store));
  const auth = opened.use(authPart({ ...common, keys, access }));
  const inventory = opened.use(inventoryPart({ ...common, ...tuning, logger: of('inventory'), proxyFor }));
  const { hostKeys, memberships } = inventory;
  const restored = restoredIn(directory);
  const endedBecause = restored && reasonOf(restored);
  const garbage = opened.use(new GarbageWatch(timedMemory(systemMemory, (ms) => countCollection(measures, ms))));
  const watchHandshake = handshakeWatch({ measures, tracer, logger: of('ssh') });
  const collecting = { whileConnected: () => garbage.lookClosely(), watchHandshake, tracer };
  const work = opened.use(
    operationsPart({
      ...{ ...common, ...inventory.services, ...collecting },
      logger: of('operations'),
      hostKeys,
      endedBecause,
    }),
  );
  const investigation = opened.use(new Investigation(store, work.engine, of('operations')));
  const deadLetters = new DeadLetters(store);
  const environment = process.env;
  const onDelivery = (hook: string, result: string) => measures.hookDeliveries.add([hook, result]);
  const delivering = {
    ...common,
    ...tuning,
    logger: of('hooks'),
    onDelivery,
    tracer,
    deadLetters,
    environment,
    proxyFor,
  };
  const hooks = opened.use(new Hooks(configuration.hooks, delivering));
  const { auditRetention, eventRetention } = configuration;
  const sweeps = [
    ...work.sweeps,
    new AuditRetention({ store, clock, trail: audit, days: auditRetention }),
    new EventRetention({ events: store.events, clock, days: eventRetention }),
    new DeadLetterRetention({ store, clock, days: eventRetention }),
  ];
  const installation = installationOf(configuration.settings, configuration);
  const backups = opened.use(new Backups({ ...common, catalogue, installation }));
  const backupSchedule = opened.use(
    new BackupSchedule({
      ...common,
      backups,
      proxyFor,
      configuration: configuration.backup,
      readPassphrase: () => backupPassphrase(configuration.backup),
    }),
  );
  const retention = opened.use(
    new Retention({ leases, clock, logger: of('server'), sweeps, onSwept: sweepCount(measures) }),
  );
  const sealed = {
    rotateSecretKey: () => store.rotateKeys(),
    changePassphrase: (change: NewPassphrase) => store.changePassphrase(change),
  };
  const nouns = { ...inventory.services, ...auth.services, ...work.services };
  const log = logger.recent ?? new RecentLines();
  const services = { ...nouns, ...sealed, deadLetters, backups, backupSchedule, audit, log };
  // The API and the listeners come later, and are asked when somebody reads the metrics.
  const late = { listenerFamilies: (): Family[] => [], followers: () => ({ count: 0, lag: 0 }) };
  const { engine, pool } = work;
  const telemetry = opened.use(
    telemetryPart({
      ...{ store, clock, configuration, measures, tracing, engine, pool, hooks },
      followers: () => late.followers(),
      listenerFamilies: () => late.listenerFamilies(),
      logLines: () => logger.lineCounts ?? [],
    }),
  );
  const told = { tracer, onAnswered: requestCount(measures), server: telemetry.reader };
  const api = opened.use(apiPart({ ...common, ...tuning, ...told, logger: of('api'), services, memberships, auth }));
  late.followers = api.followers;
  // Operations begin first, because the other parts may start one. The API comes last.
  const inOrder: readonly Part[] = [work, inventory, investigation, hooks, retention, backupSchedule, api];
  const built = opened.move();
  return {
    handle: api.handle,
    metrics: (form) => api.server.metrics(form),
    measureListeners(families) {
      late.listenerFamilies = families;
    },
    async begin() {
      for (const part of inOrder) {
        await unlessStopped(part.begin());
        if (part === work && restored !== undefined) forgetRestored(directory);
      }
    },
    async drain(withinMs) {
      api.drain();
      await work.engine.drain(withinMs, () => logger.warn({}, 'commands still run: their outcome will be unknown'));
    },
    async prepareAuthentication(next) {
      const access = await readAccess(next);
      return () => auth.replace(access);
    },
    audited: (act, work) => auditedAct(audit, timeOrderedId, act, work),
    emit: (event) => store.transact(async (tx) => tx.emit(event)),
    [Symbol.asyncDispose]: () => built.disposeAsync(),
  };
}
