import { createApi, type RequestHandler } from '../api/app.ts';
import { Events } from '../api/events.ts';
import { auditedAct, type LocalAct } from '../audit/local-act.ts';
import { Trail } from '../audit/trail.ts';
import { Authorizer } from '../auth/authorizer.ts';
import { type AuthenticationConfiguration, buildAuthentication } from '../auth/build.ts';
import { CurrentAuthentication } from '../auth/current.ts';
import { RoleChanges } from '../auth/role-changes.ts';
import { roleConfigurationOf, type WrittenRoles } from '../auth/role-configuration.ts';
import { SiteBindings } from '../auth/site-bindings.ts';
import { SiteRoles } from '../auth/site-roles.ts';
import { Attempts } from '../auth/throttle/attempts.ts';
import { RequestRate } from '../auth/throttle/request-rate.ts';
import { tokenAuthenticator } from '../auth/tokens/authenticator.ts';
import { TokenKeys } from '../auth/tokens/keys.ts';
import { TokenEnds } from '../auth/tokens/token-ends.ts';
import { Tokens } from '../auth/tokens/tokens.ts';
import type { ServerConfiguration } from '../config/load.ts';
import { DeadLetters } from '../hooks/dead-letters.ts';
import { Hooks } from '../hooks/hooks.ts';
import { Clusters } from '../inventory/clusters.ts';
import { ContainerManagers } from '../inventory/container-managers.ts';
import { Hosts } from '../inventory/hosts.ts';
import { Memberships } from '../inventory/memberships.ts';
import { Networks, seedNetworks } from '../inventory/networks.ts';
import { Nodes } from '../inventory/nodes.ts';
import { Secrets } from '../inventory/secrets.ts';
import type { Clock } from '../lib/clock.ts';
import { timeOrderedId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { Budgets } from '../operations/budgets.ts';
import { Disruptions } from '../operations/disruptions.ts';
import { Engine } from '../operations/engine.ts';
import { HttpGates } from '../operations/http-gates.ts';
import { Investigation } from '../operations/investigation.ts';
import { bootstrapKind } from '../operations/kinds/bootstrap.ts';
import { copyKind } from '../operations/kinds/copy.ts';
import { deployKind } from '../operations/kinds/deploy.ts';
import { execKind } from '../operations/kinds/exec.ts';
import { factsKind } from '../operations/kinds/facts.ts';
import { rebootKind } from '../operations/kinds/reboot.ts';
import { restartKind } from '../operations/kinds/restart.ts';
import { upgradeKind } from '../operations/kinds/upgrade.ts';
import { LogLimit } from '../operations/log-limit.ts';
import { Operations } from '../operations/operations.ts';
import { Retention } from '../operations/retention.ts';
import { countManifestUses } from '../operations/sources/count-uses.ts';
import { Sources } from '../operations/sources/sources.ts';
import { HostKeys } from '../ssh/host-keys.ts';
import { SessionPool } from '../ssh/pool.ts';
import { openLmdbStore } from '../store/lmdb.ts';
import { catalogue } from './catalogue.ts';
import { collectGarbage, systemMemory, whileConnected } from './garbage.ts';
import { readMasterPassphrase } from './master-passphrase.ts';

/** A server with everything in it, but for the socket. */
export interface Services {
  handle: RequestHandler;
  /** Begins the work: takes up what an earlier server left. */
  begin(): Promise<void>;
  /**
   * Makes ready to ask callers, and to judge what they may, by another configuration, which counts once the function that comes back is called.
   *
   * @throws AppError `invalid_configuration`
   */
  prepareAuthentication(configuration: AuthenticationConfiguration & WrittenRoles): Promise<() => void>;
  /** Does something that no request asked for, and writes it down in the audit trail. @throws what the work throws */
  audited<R>(act: LocalAct, work: () => Promise<R>): Promise<R>;
  /** Lets go of all work and closes the store. */
  end(): Promise<void>;
}

/** For tests: how long things take, in milliseconds, and how much is kept. */
export interface Tuning {
  /** Between two signs of life to who follows the events. */
  heartbeat?: number;
  /** From the first try of a hook to the second. */
  firstDelay?: number;
  maxEvents?: number;
  /** Of one call to a container manager. */
  managerDeadline?: number;
  /** Before a node that could not be settled is tried again. */
  nodePause?: number;
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
  tuning: Tuning = {},
): Promise<Services> {
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const surroundings = { clock, logger, randomBytes, attempts: new Attempts(clock) };
  const configuredRoles = roleConfigurationOf(configuration);
  const configured = await buildAuthentication(configuration, surroundings);
  const { dataDir: directory, masterPassphraseFile, newStore } = configuration;
  const passphrase = masterPassphraseFile === undefined ? undefined : readMasterPassphrase(masterPassphraseFile);
  const store = openLmdbStore({ directory, clock, passphrase, newStore, catalogue, ...tuning });
  // What reads the store and may find that it cannot comes before what keeps the process going.
  await store.finishRotation();
  const audit = new Trail({ store, clock, logger, limit: configuration.auditLimit });
  await audit.begin();
  const keys = await TokenKeys.open({ store, clock, newId: timeOrderedId });
  const tokens = new Tokens({ store, keys, clock, newId: timeOrderedId });
  const tokenEnds = new TokenEnds({ store, clock });
  const authentication = new CurrentAuthentication(configured, [tokenAuthenticator({ store, keys, clock })]);
  await seedNetworks(store);
  await countManifestUses(store);
  const hostKeys = new HostKeys(store, clock);
  const pool = new SessionPool({
    hostKeys,
    clock,
    whileConnected: () => collectGarbage(systemMemory, whileConnected),
  });
  const hosts = new Hosts(store, hostKeys);
  const { managerDeadline: deadlineMs = 10_000, nodePause: firstPause = 5_000 } = tuning;
  const containerManagers = new ContainerManagers(store, { logger, deadlineMs });
  const nodes = new Nodes({ store, managers: containerManagers, clock, logger, firstPause });
  const clusters = new Clusters(store, nodes);
  const kinds = [
    rebootKind(),
    restartKind(),
    upgradeKind(),
    deployKind(),
    execKind(),
    copyKind(new Sources(store, { directories: configuration.copySources, dataDirectory: configuration.dataDir })),
    factsKind(hosts),
    bootstrapKind(hosts, clusters, clock),
  ];
  const target = (address: string) => hosts.target(address);
  const disruptions = new Disruptions(store);
  const logLimit = new LogLimit({ store, clock, logger, limit: configuration.logLimit });
  const engine = new Engine({
    store,
    clock,
    newId: timeOrderedId,
    kinds,
    pool,
    disruptions,
    target,
    logger,
    logLimit,
    nodes,
    httpGates: new HttpGates(configuration.gateDestinations),
  });
  const retention = new Retention({
    store,
    clock,
    logger,
    days: configuration.operationRetention,
    limit: configuration.operationLimit,
    disruptions,
    logLimit,
    engine,
  });
  const operations = new Operations(store, engine, clock);
  const memberships = new Memberships(store);
  const whereabouts = {
    clusterOf: (address: string) => memberships.clusterOf(address),
    clustersOfOperation: (id: string) => operations.scopeOf(id),
    everywhere: () => memberships.everywhere(),
  };
  const authorizer = new Authorizer(store, configuredRoles);
  const roleChanges = new RoleChanges(store, authorizer);
  const roles = new SiteRoles(store, authorizer, roleChanges);
  const roleBindings = new SiteBindings(store, authorizer, roleChanges);
  const budgets = new Budgets(store, disruptions);
  const investigation = new Investigation(store, engine, logger);
  let unready: string | undefined = 'the server is starting';
  const events = new Events({ store, clock, logger, ...tuning });
  const deadLetters = new DeadLetters(store);
  const environment = process.env;
  const { trustedProxies } = configuration;
  const hooks = new Hooks(configuration.hooks, { store, deadLetters, clock, logger, environment, ...tuning });
  const inventory = { hosts, clusters, networks: new Networks(store), containerManagers, nodes };
  const access = { roles, roleBindings, tokens };
  const work = { operations, budgets, events, deadLetters, audit };
  const sealed = { secrets: new Secrets(store), rotateSecretKey: () => store.rotateKeys() };
  const services = { ...inventory, ...access, ...work, ...sealed, whereabouts, unready: () => unready };
  const api = createApi({
    services,
    authentication,
    accessOf: (identity) => authorizer.accessOf(identity),
    endOfToken: (id) => tokenEnds.endOf(id),
    logger,
    clock,
    newId: timeOrderedId,
    trustedProxies,
    ...(configuration.rateLimit === 0 ? {} : { requestRate: new RequestRate(clock, configuration.rateLimit) }),
  });
  return {
    handle: api.handle,
    async begin() {
      await logLimit.begin();
      const resumed = await engine.resume();
      if (resumed > 0) logger.info({ operations: resumed }, 'took up the operations of an earlier server');
      retention.begin();
      nodes.begin();
      await investigation.catchUp();
      await hooks.begin();
      unready = undefined;
    },
    async prepareAuthentication(next) {
      const nextRoles = roleConfigurationOf(next);
      const chain = await buildAuthentication(next, surroundings);
      return () => {
        authentication.replace(chain);
        authorizer.replace(nextRoles);
      };
    },
    audited: (act, work) => auditedAct(audit, timeOrderedId, act, work),
    async end() {
      unready = 'the server is stopping';
      events[Symbol.dispose]();
      tokenEnds[Symbol.dispose]();
      await api[Symbol.asyncDispose]();
      disruptions[Symbol.dispose]();
      const others = [investigation, hooks, nodes].map((part) => part[Symbol.asyncDispose]());
      await Promise.all([engine.stop(), ...others]);
      await retention[Symbol.asyncDispose]();
      await logLimit[Symbol.asyncDispose]();
      pool.close();
      await store.close();
    },
  };
}
