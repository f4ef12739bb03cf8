import { type Clock, systemClock } from '../lib/clock.ts';
import { type ProxyOptions, proxyFault } from '../lib/proxies.ts';
import { audit } from './audit.ts';
import { backups } from './backups.ts';
import { budgets } from './budgets.ts';
import { clusters } from './clusters.ts';
import { containerManagers } from './container-managers.ts';
import { type CertificateCredentials, type ClientCredentials, credentialParts } from './credentials.ts';
import { deadLetters } from './dead-letters.ts';
import type { Etags } from './etags.ts';
import { events } from './events.ts';
import { hosts } from './hosts.ts';
import { logs } from './logs.ts';
import { networks } from './networks.ts';
import type { UnsentRequest } from './not-sent.ts';
import { operations } from './operations.ts';
import { roleBindings, roles } from './roles.ts';
import { secrets } from './secrets.ts';
import type { ServerTrust } from './server-trust.ts';
import { system } from './system.ts';
import { tokens } from './tokens.ts';
import { type Failover, Transport } from './transport.ts';
import { Waiter } from './wait-for.ts';

export interface ConnectOptions {
  /**
   * Base URLs of the servers of one site, in order of preference, or `unix:/path` for a Unix socket of this machine; at
   * least one.
   */
  endpoints: readonly string[];
  /** A name and a password, a token, or a client certificate. Over a Unix socket none are needed. */
  credentials?: ClientCredentials;
  /** A client certificate beside other credentials, for servers that ask every client for one. */
  clientCertificate?: CertificateCredentials;
  /** Which servers to trust, beside those whose certificate one of the system's CAs signed. */
  trust?: ServerTrust;
  /**
   * The HTTP proxy of the servers, and the hosts that are reached without it; a server on this machine always is.
   * Without this every server is reached directly: `http_proxy` and `HTTPS_PROXY` of the environment are not used.
   */
  proxies?: ProxyOptions;
  /** Called when a server cannot be reached and the next one is tried. */
  onFailover?: (failover: Failover) => void | Promise<void>;
  /** Called when a server refuses the credentials, before the call throws. */
  onRefused?: () => Promise<void>;
  /** Milliseconds one server gets to answer one request. */
  requestTimeout?: number;
  /**
   * How many times all servers are tried again when none can be reached, with growing pauses, 3 unless given. Only
   * calls that can safely run twice are tried again.
   */
  retries?: number;
  /** For tests: instead of the system's clock. */
  clock?: Clock;
  /**
   * Called instead of sending a request that would change something. Such a call then throws `NotSent`; all others are
   * sent.
   */
  dryRun?: ((request: UnsentRequest) => void | Promise<void>) | undefined;
}

/**
 * A client of the REST API. It sends nothing before the first call. Every call takes an AbortSignal and throws
 * `ProblemError` when the server answers with a problem and `NoServerError` when no server can be reached; an aborted
 * call throws the reason of its signal. `connect` itself throws a TypeError for an unusable fingerprint or proxy.
 *
 * @example
 * const client = connect({ endpoints: ['https://jump.example.com'], credentials: { username: 'a', password: 'b' } });
 * for (const host of await client.hosts.list()) console.log(host.address, host.status);
 */
export function connect(options: ConnectOptions): Client {
  const { endpoints, credentials, onFailover = () => {}, requestTimeout = 30_000, dryRun } = options;
  const { retries = 3, clock = systemClock, clientCertificate, trust = {}, proxies = {} } = options;
  const faultOfProxy = proxies.proxy === undefined ? undefined : proxyFault(proxies.proxy);
  if (faultOfProxy !== undefined) throw new TypeError(`the proxy cannot be used: ${faultOfProxy}`);
  const transport = new Transport({
    endpoints,
    ...(clientCertificate === undefined ? {} : credentialParts(clientCertificate)),
    ...credentialParts(credentials),
    trust,
    proxies,
    onFailover,
    onRefused: options.onRefused,
    requestTimeout,
    retries,
    clock,
    dryRun,
  });
  const following = events(transport);
  const waiter = new Waiter(following, clock);
  return {
    hosts: hosts(transport, waiter),
    clusters: clusters(transport, waiter),
    networks: networks(transport),
    backups: backups(transport),
    containerManagers: containerManagers(transport),
    operations: operations(transport, waiter),
    budgets: budgets(transport),
    roles: roles(transport),
    roleBindings: roleBindings(transport),
    events: following,
    deadLetters: deadLetters(transport),
    tokens: tokens(transport),
    audit: audit(transport),
    secrets: secrets(transport),
    system: system(transport),
    logs: logs(transport),
    etagOf: transport.etags.of,
    endpoint: () => transport.endpoint,
    waitFor: (watch, predicate, signal) => waiter.waitFor(watch, predicate, signal),
  };
}

export interface Client {
  hosts: ReturnType<typeof hosts>;
  clusters: ReturnType<typeof clusters>;
  networks: ReturnType<typeof networks>;
  backups: ReturnType<typeof backups>;
  containerManagers: ReturnType<typeof containerManagers>;
  operations: ReturnType<typeof operations>;
  budgets: ReturnType<typeof budgets>;
  roles: ReturnType<typeof roles>;
  roleBindings: ReturnType<typeof roleBindings>;
  events: ReturnType<typeof events>;
  deadLetters: ReturnType<typeof deadLetters>;
  tokens: ReturnType<typeof tokens>;
  audit: ReturnType<typeof audit>;
  secrets: ReturnType<typeof secrets>;
  system: ReturnType<typeof system>;
  logs: ReturnType<typeof logs>;
  /** The tag of an answer to a read, for `ifMatch`; see `Etags.of`. */
  etagOf: Etags['of'];
  /** The endpoint that answered last; the first one before any did. */
  endpoint: () => string;
  /** See `Waiter.waitFor`; for records without a `waitFor` of their own. */
  waitFor: Waiter['waitFor'];
}
