import { createApi, type RequestHandler } from '../api/app.ts';
import { buildAuthentication } from '../auth/build.ts';
import type { ServerConfiguration } from '../config/load.ts';
import { Clusters } from '../inventory/clusters.ts';
import { Hosts } from '../inventory/hosts.ts';
import { seedNetworks } from '../inventory/networks.ts';
import type { Clock } from '../lib/clock.ts';
import { timeOrderedId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { Engine } from '../operations/engine.ts';
import { Investigation } from '../operations/investigation.ts';
import { bootstrapKind } from '../operations/kinds/bootstrap.ts';
import { deployKind } from '../operations/kinds/deploy.ts';
import { restartKind } from '../operations/kinds/restart.ts';
import { upgradeKind } from '../operations/kinds/upgrade.ts';
import { Operations } from '../operations/operations.ts';
import { HostKeys } from '../ssh/host-keys.ts';
import { SessionPool } from '../ssh/pool.ts';
import { openLmdbStore } from '../store/lmdb.ts';

/** A server with everything in it, but for the socket. */
export interface Services {
  handle: RequestHandler;
  /** Begins the work: takes up what an earlier server left. */
  begin(): Promise<void>;
  /** Lets go of all work and closes the store. */
  end(): Promise<void>;
}

/**
 * The one place where things are built.
 *
 * @throws AppError `invalid_configuration`, `data_directory_in_use`, `store_unusable`
 */
export async function buildServices(
  configuration: ServerConfiguration,
  clock: Clock,
  logger: Logger,
): Promise<Services> {
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const authentication = buildAuthentication(configuration, { clock, logger, randomBytes });
  const store = openLmdbStore({ directory: configuration.dataDir, clock });
  await seedNetworks(store);
  const hostKeys = new HostKeys(store, clock);
  const pool = new SessionPool({ hostKeys, clock });
  const hosts = new Hosts(store, hostKeys);
  const clusters = new Clusters(store);
  const kinds = [restartKind(), upgradeKind(), deployKind(), bootstrapKind(hosts, clock)];
  const target = (address: string) => hosts.target(address);
  const engine = new Engine({ store, clock, newId: timeOrderedId, kinds, pool, target, logger });
  const operations = new Operations(store, engine);
  const investigation = new Investigation(store, engine, logger);
  let unready: string | undefined = 'the server is starting';
  const services = { hosts, clusters, operations, unready: () => unready };
  return {
    handle: createApi({ services, authentication, logger, clock, newId: timeOrderedId }),
    async begin() {
      const resumed = await engine.resume();
      if (resumed > 0) logger.info({ operations: resumed }, 'took up the operations of an earlier server');
      await investigation.catchUp();
      unready = undefined;
    },
    async end() {
      unready = 'the server is stopping';
      await Promise.all([engine.stop(), investigation[Symbol.asyncDispose]()]);
      pool.close();
      await store.close();
    },
  };
}
