import type { Server, WebSocketHandler } from 'bun';
import type { Transport } from '../auth/transport.ts';
import type { RequestHandler } from './app.ts';
import { maxBodyBytes } from './body.ts';
import type { SocketHandler } from './connection.ts';

export type BunServer = Server<SocketHandler>;

/** What is known of a request before it is read. */
export interface Arrival {
  /** The address of the peer; `unix` for a peer on a Unix socket. */
  readonly sentBy: string;
  readonly transport: Transport;
}

/** Seconds without a byte after which a WebSocket is closed; the server sends pings before that. */
const socketIdleTimeout = 60;
/** Milliseconds that running requests get when the server stops. */
const lastRequests = 10_000;

/**
 * Subprotocols have no meaning here. The runtime would accept the first one that a client offers, whatever it is (RFC 6455,
 * 4.2.2).
 */
const noSubprotocol = { 'sec-websocket-protocol': '' };

/** The options that all servers share, wherever they listen. */
export function bunServerOptions(
  handle: RequestHandler,
  stopping: AbortSignal,
  arrivalOf: (request: Request, server: BunServer) => Arrival,
) {
  return {
    // The routes answer a large body with a problem; this only bounds how much of it they read.
    maxRequestBodySize: 16 * maxBodyBytes,
    websocket: {
      idleTimeout: socketIdleTimeout,
      // No messages are expected from the client.
      maxPayloadLength: 1024,
      open: (socket) => socket.data.open(socket),
      message: () => {},
      drain: (socket) => socket.data.drain(),
      close: (socket) => socket.data.close(),
    } satisfies WebSocketHandler<SocketHandler>,
    async fetch(request: Request, bun: BunServer): Promise<Response | undefined> {
      const { sentBy, transport } = arrivalOf(request, bun);
      const response = await handle(request, sentBy, {
        stopping,
        transport,
        idleTimeout: (seconds) => bun.timeout(request, seconds),
        upgrade: (socket) => bun.upgrade(request, { data: socket, headers: noSubprotocol }),
      });
      return response.status === 101 ? undefined : response;
    },
    // The runtime would print the error with source lines. The handler answers every failure, so an error here is a
    // defect.
    error(error: Error): Response {
      queueMicrotask(() => {
        throw error;
      });
      return new Response(null, { status: 500 });
    },
  };
}

/** Lets running requests finish, and ends those that take too long. */
export async function stopBunServer(server: BunServer, stopped: Promise<void> = server.stop()): Promise<void> {
  const timer = setTimeout(() => server.stop(true), lastRequests);
  await stopped.finally(() => clearTimeout(timer));
}
