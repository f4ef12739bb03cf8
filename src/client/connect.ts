import { type BasicCredentials, basicAuthorization } from './basic-authorization.ts';
import { budgets } from './budgets.ts';
import { clusters } from './clusters.ts';
import { containerManagers } from './container-managers.ts';
import { events } from './events.ts';
import { hosts } from './hosts.ts';
import { networks } from './networks.ts';
import { operations } from './operations.ts';
import { type Failover, Transport } from './transport.ts';

export interface ConnectOptions {
  /** Base URLs of the servers of one site, in order of preference; at least one. */
  endpoints: readonly string[];
  credentials?: BasicCredentials;
  /** Called when a server cannot be reached and the next one is tried. */
  onFailover?: (failover: Failover) => void | Promise<void>;
  /** Milliseconds one server gets to answer one request. */
  requestTimeout?: number;
}

/**
 * A client of the REST API. Nothing is sent before the first call. Every call takes an AbortSignal and throws
 * `ProblemError` when the server says no and `NoServerError` when no server can be reached; an aborted call throws the
 * reason of its signal.
 *
 * @example
 * const client = connect({ endpoints: ['https://jump.example.com'], credentials: { username: 'a', password: 'b' } });
 * for (const host of await client.hosts.list()) console.log(host.address, host.status);
 */
export function connect(options: ConnectOptions): Client {
  const { endpoints, credentials, onFailover = () => {}, requestTimeout = 30_000 } = options;
  const headers: Record<string, string> =
    credentials === undefined ? {} : { authorization: basicAuthorization(credentials) };
  const transport = new Transport({ endpoints, headers, onFailover, requestTimeout });
  return {
    hosts: hosts(transport),
    clusters: clusters(transport),
    networks: networks(transport),
    containerManagers: containerManagers(transport),
    operations: operations(transport),
    budgets: budgets(transport),
    events: events(transport),
  };
}

export interface Client {
  hosts: ReturnType<typeof hosts>;
  clusters: ReturnType<typeof clusters>;
  networks: ReturnType<typeof networks>;
  containerManagers: ReturnType<typeof containerManagers>;
  operations: ReturnType<typeof operations>;
  budgets: ReturnType<typeof budgets>;
  events: ReturnType<typeof events>;
}
