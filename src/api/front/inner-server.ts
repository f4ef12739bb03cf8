import type { RequestHandler } from '../app.ts';
import { type Arrival, type BunServer, bunServerOptions } from '../bun-server.ts';

/** What answers the requests of all connections, each of which a relay carries here. */
export interface InnerServer {
  readonly server: BunServer;
  readonly port: number;
  /** Who is at the other end of the relay with this port, until `forget`. */
  announce(port: number, arrival: Arrival): void;
  forget(port: number): void;
}

/** Seconds without a byte after which a connection is closed. */
const idleTimeout = 30;

/**
 * Serves HTTP on a port of loopback to relays of this process alone: a connection that none of them announced is another
 * process of this machine, and is refused.
 */
export function serveRelays(handle: RequestHandler, stopping: AbortSignal): InnerServer {
  const arrivals = new Map<number, Arrival>();
  const admitted: RequestHandler = (request, sentBy, connection) => {
    if (sentBy === stranger.sentBy) return Promise.resolve(refusal());
    return handle(request, sentBy, connection);
  };
  const options = bunServerOptions(admitted, stopping, (request, server) => {
    const { port = 0 } = server.requestIP(request) ?? {};
    return arrivals.get(port) ?? stranger;
  });
  const server = Bun.serve({ ...options, idleTimeout, hostname: '127.0.0.1', port: 0 });
  return {
    server,
    port: server.port ?? 0,
    announce: (port, arrival) => void arrivals.set(port, arrival),
    forget: (port) => void arrivals.delete(port),
  };
}

/** Has no address, as nobody who came through the front has. */
const stranger: Arrival = { sentBy: '', transport: { kind: 'plain' } };

function refusal(): Response {
  return new Response(null, { status: 403, headers: { connection: 'close' } });
}
