import type { Transport } from '../auth/transport.ts';
import type { RequestHandler } from './app.ts';
import { type BunServer, bunServerOptions, stopBunServer } from './bun-server.ts';
import { cannotListen, type Listener, type ListenOptions, urlOf } from './listening.ts';

/** Seconds without a byte after which a connection is closed. */
const idleTimeout = 30;

/**
 * Listens for HTTP, or HTTPS when given a certificate, with the server that reads HTTP itself.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export function listenDirectly(handle: RequestHandler, options: ListenOptions): Listener {
  const { address } = options;
  const pem = options.tls?.pem;
  const stopping = new AbortController();
  const port = pem === undefined ? options.port : freePort(options);
  let current = { pem, server: serve(handle, { address, port, pem }, stopping.signal) };
  const replaced = new Map<BunServer, Promise<void>>();
  return {
    url: urlOf(options, current.server.port ?? port),
    replaceTls:
      pem === undefined
        ? undefined
        : ({ pem: next }) => {
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
function freePort({ address, port: wanted }: ListenOptions): number {
  const plain = { address, port: wanted, pem: undefined };
  const probe = serve(async () => new Response(), plain, new AbortController().signal);
  const { port = wanted } = probe;
  void probe.stop(true);
  return port;
}

interface Place {
  readonly address: string;
  readonly port: number;
  readonly pem: string | undefined;
}

function serve(handle: RequestHandler, { address, port, pem }: Place, stopping: AbortSignal): BunServer {
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
    throw cannotListen({ address, port }, cause);
  }
}
