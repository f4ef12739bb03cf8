import type { Transport } from '../auth/transport.ts';
import { AppError, systemErrorCode } from '../lib/errors.ts';
import type { RequestHandler } from './app.ts';
import { type BunServer, bunServerOptions, stopBunServer } from './bun-server.ts';

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
  const replaced = new Map<BunServer, Promise<void>>();
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
      await Promise.all(all.map(([server, stopped]) => stopBunServer(server, stopped)));
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

function serve(handle: RequestHandler, { address, port, pem }: ListenOptions, stopping: AbortSignal): BunServer {
  const transport: Transport = pem === undefined ? { kind: 'plain' } : { kind: 'tls', certificate: undefined };
  const options = bunServerOptions(handle, stopping, (request, server) => {
    return { sentBy: server.requestIP(request)?.address ?? '', transport };
  });
  try {
    return Bun.serve({
      ...options,
      idleTimeout,
      hostname: address,
      port,
      reusePort: pem !== undefined,
      ...(pem === undefined ? {} : { tls: { cert: pem, key: pem } }),
    });
  } catch (cause) {
    const reason = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new AppError('invalid_configuration', `cannot listen on ${address} port ${port}: ${reason}`, {
      hint: 'choose another --listen-interface or --listen-port, or stop what uses this one',
      cause,
    });
  }
}
