import type { Server } from 'bun';
import { AppError, systemErrorCode } from '../lib/errors.ts';
import type { RequestHandler } from './app.ts';
import { maxBodyBytes } from './body.ts';
import type { SocketHandler } from './connection.ts';

export interface ListenOptions {
  address: string;
  /** 0 takes any free one. */
  port: number;
  /** Certificate chain and private key in one PEM text. */
  pem?: string;
}

export interface Listener {
  url: string;
  /** Lets the requests under way finish. */
  stop(): Promise<void>;
}

/** Seconds without a byte after which a connection is closed. */
const idleTimeout = 30;
/** The same for a WebSocket, which is sent pings in time. */
const socketIdleTimeout = 60;
/** Milliseconds that requests under way get when the server stops. */
const lastRequests = 10_000;

/**
 * Listens for HTTP, or HTTPS when given a certificate.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export function listen(handle: RequestHandler, options: ListenOptions): Listener {
  const { address, port, pem } = options;
  const stopping = new AbortController();
  const server = serve(handle, options, stopping.signal);
  const scheme = pem === undefined ? 'http' : 'https';
  const host = address.includes(':') ? `[${address}]` : address;
  return {
    url: `${scheme}://${host}:${server.port ?? port}`,
    stop() {
      stopping.abort();
      return stop(server);
    },
  };
}

/** What has not come to an end by then has nobody who reads it. */
async function stop(server: Server<SocketHandler>): Promise<void> {
  const timer = setTimeout(() => server.stop(true), lastRequests);
  await server.stop().finally(() => clearTimeout(timer));
}

function serve(
  handle: RequestHandler,
  { address, port, pem }: ListenOptions,
  stopping: AbortSignal,
): Server<SocketHandler> {
  try {
    return Bun.serve<SocketHandler>({
      hostname: address,
      port,
      idleTimeout,
      // The routes answer a large body with a problem document; this only bounds what they have to look at.
      maxRequestBodySize: 16 * maxBodyBytes,
      ...(pem === undefined ? {} : { tls: { cert: pem, key: pem } }),
      websocket: {
        idleTimeout: socketIdleTimeout,
        // Nothing is expected from the other side.
        maxPayloadLength: 1024,
        open: (socket) => socket.data.open(socket),
        message: () => {},
        drain: (socket) => socket.data.drain(),
        close: (socket) => socket.data.close(),
      },
      async fetch(request, bun) {
        const response = await handle(request, bun.requestIP(request)?.address ?? '', {
          stopping,
          idleTimeout: (seconds) => bun.timeout(request, seconds),
          upgrade: (socket) => bun.upgrade(request, { data: socket }),
        });
        return response.status === 101 ? undefined : response;
      },
    });
  } catch (cause) {
    const reason = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new AppError('invalid_configuration', `cannot listen on ${address} port ${port}: ${reason}`, {
      hint: 'choose another --listen-interface or --listen-port, or stop what uses this one',
      cause,
    });
  }
}
