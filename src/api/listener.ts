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
  /**
   * Shows another certificate on the connections to come; those there are stay as they are. Only where there is one
   * already.
   *
   * @throws AppError `invalid_configuration`, and then everything stays as it was
   */
  replaceCertificate: ((pem: string) => void) | undefined;
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
  const { address, pem } = options;
  const stopping = new AbortController();
  const port = pem === undefined ? options.port : freePort(options);
  let current = { pem, server: serve(handle, { ...options, port }, stopping.signal) };
  const replaced = new Map<Server<SocketHandler>, Promise<void>>();
  const scheme = pem === undefined ? 'http' : 'https';
  const host = address.includes(':') ? `[${address}]` : address;
  return {
    url: `${scheme}://${host}:${current.server.port ?? port}`,
    replaceCertificate:
      pem === undefined
        ? undefined
        : (next) => {
            if (next === current.pem) return;
            const before = current.server;
            current = { pem: next, server: serve(handle, { address, port, pem: next }, stopping.signal) };
            replaced.set(
              before,
              before.stop().finally(() => replaced.delete(before)),
            );
          },
    async stop() {
      stopping.abort();
      const all = [...replaced, [current.server, current.server.stop()] as const];
      await Promise.all(all.map(([server, stopped]) => endOf(server, stopped)));
    },
  };
}

/**
 * The port to listen on, made sure to be nobody's. What shows another certificate listens beside what shows the present
 * one for a moment, which the system allows when both say that they share the port; then it would also let a second
 * server onto it unnoticed.
 */
function freePort(options: ListenOptions): number {
  const { pem: _, ...plain } = options;
  const probe = serve(async () => new Response(), plain, new AbortController().signal);
  const { port = options.port } = probe;
  void probe.stop(true);
  return port;
}

/** What has not come to an end by then has nobody who reads it. */
async function endOf(server: Server<SocketHandler>, stopped: Promise<void>): Promise<void> {
  const timer = setTimeout(() => server.stop(true), lastRequests);
  await stopped.finally(() => clearTimeout(timer));
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
      reusePort: pem !== undefined,
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
          transport: pem === undefined ? { kind: 'plain' } : { kind: 'tls', certificate: undefined },
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
