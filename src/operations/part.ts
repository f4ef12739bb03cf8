import type { Clusters } from '../inventory/clusters.ts';
import type { Hosts } from '../inventory/hosts.ts';
import type { Nodes } from '../inventory/nodes.ts';
import type { Clock } from '../lib/clock.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { noTracer, type Tracer } from '../lib/tracing.ts';
import type { WatchHandshake } from '../ssh/handshake-watch.ts';
import type { HostKeys } from '../ssh/host-keys.ts';
import { SessionPool } from '../ssh/pool.ts';
import type { Leases, Store } from '../store/contract.ts';
import { Budgets } from './budgets.ts';
import { Disruptions } from './disruptions.ts';
import { Engine } from './engine.ts';
import { HttpGates } from './http-gates.ts';
import { makeKinds } from './kinds/registry.ts';
import { LogLimit } from './log-limit.ts';
import { OperationViews } from './operation-views.ts';
import { Operations } from './operations.ts';
import { OperationRetention } from './retention.ts';

export interface OperationsDependencies {
  store: Store;
  leases: Leases;
  clock: Clock;
  logger: Logger;
  newId: IdSource;
  hostKeys: HostKeys;
  hosts: Hosts;
  clusters: Clusters;
  nodes: Nodes;
  configuration: OperationsConfiguration;
  /** Why no operation of an earlier server may go on; without it they are resumed. */
  endedBecause?: string | undefined;
  /** Starts what must run as long as any session is open, or being opened. */
  whileConnected: () => Disposable;
  /** Sees every SSH handshake. */
  watchHandshake?: WatchHandshake | undefined;
  tracer?: Tracer;
}

export interface OperationsConfiguration {
  readonly copySources: readonly string[];
  readonly dataDir: string;
  readonly gateDestinations: readonly string[];
  readonly logLimit: number;
  /** Seconds. */
  readonly rebootTimeout: number;
  /** Days. */
  readonly operationRetention: number;
  readonly operationLimit: number;
}

/**
 * The engine with its kinds. It first counts the stored logs, then resumes every operation that has not ended, or ends it in a
 * restored store.
 */
export function operationsPart(dependencies: OperationsDependencies) {
  const { store, leases, clock, logger, newId, configuration, hostKeys, hosts, nodes, whileConnected } = dependencies;
  const { watchHandshake, tracer = noTracer } = dependencies;
  const kinds = makeKinds(dependencies);
  const httpGates = new HttpGates(configuration.gateDestinations);
  const opened = new AsyncDisposableStack();
  const pool = opened.adopt(new SessionPool({ hostKeys, clock, whileConnected, watchHandshake }), (pool) =>
    pool.close(),
  );
  const logLimit = opened.use(new LogLimit({ store, clock, logger, limit: configuration.logLimit }));
  const target = (address: string) => hosts.target(address);
  const disruptions = new Disruptions(store);
  const jumpHosts = (addresses: readonly string[]) => hosts.jumpHosts(addresses);
  const { rebootTimeout } = configuration;
  const asked = { nodes, httpGates, disruptions, logLimit, jumpHosts, rebootTimeout, tracer };
  const engine = new Engine({ store, leases, clock, newId, kinds, pool, target, logger, ...asked });
  const { operationRetention: days, operationLimit: limit } = configuration;
  const retention = new OperationRetention({ store, clock, days, limit, disruptions, logLimit, engine });
  opened.defer(() => engine.stop());
  opened.use(disruptions);
  return {
    services: {
      operations: new Operations(store, engine, clock),
      operationViews: new OperationViews(store, engine),
      budgets: new Budgets(store, disruptions),
    },
    engine,
    pool,
    sweeps: [retention],
    async begin(): Promise<void> {
      await logLimit.begin();
      if (dependencies.endedBecause !== undefined) {
        const ended = await engine.endAll(dependencies.endedBecause);
        if (ended > 0) logger.warn({ operations: ended }, `ended operations: ${dependencies.endedBecause}`);
      }
      const resumed = await engine.resume();
      if (resumed > 0) logger.info({ operations: resumed }, 'took up the operations of an earlier server');
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
