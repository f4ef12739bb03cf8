import type { RequestHandler } from '../app.ts';
import { type Arrival, type BunServer, bunServerOptions } from '../bun-server.ts';

/** The server that answers the requests of all connections; a relay carries each connection here. */
export interface InnerServer {
  readonly server: BunServer;
  readonly port: number;
  /** Says which peer the relay with this port serves, until `forget`. */
  announce(port: number, arrival: Arrival): void;
  forget(port: number): void;
}

/** The address that relays connect to, and from. */
const loopback = '127.0.0.1';
/** Seconds without a byte after which a connection is closed. */
const idleTimeout = 30;

/**
 * Serves HTTP on a port of loopback to relays of this process alone. A connection that no relay announced comes from
 * another process of this machine, and is refused.
 */
export function serveRelays(handle: RequestHandler, stopping: AbortSignal): InnerServer {
  const arrivals = new Map<number, Arrival>();
  const admitted: RequestHandler = (request, sentBy, connection) => {
    if (sentBy === stranger.sentBy) return Promise.resolve(refusal());
    return handle(request, sentBy, connection);
  };
  const options = bunServerOptions(admitted, stopping, (request, server) => {
    const { address, port = 0 } = server.requestIP(request) ?? {};
    // On another loopback address any process can use the port number of a relay too.
    return (address === loopback && arrivals.get(port)) || stranger;
  });
  const server = Bun.serve({ ...options, idleTimeout, hostname: loopback, port: 0 });
  return {
    server,
    port: server.port ?? 0,
    announce: (port, arrival) => void arrivals.set(port, arrival),
    forget: (port) => void arrivals.delete(port),
  };
}

/** Has no address, which no connection through the front has. */
const stranger: Arrival = { sentBy: '', transport: { kind: 'plain' } };

function refusal(): Response {
  return new Response(null, { status: 403, headers: { connection: 'close' } });
}
