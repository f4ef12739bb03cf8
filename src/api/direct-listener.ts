import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Transport } from '../auth/transport.ts';
import type { RequestHandler } from './app.ts';
import { type BunServer, bunServerOptions, stopBunServer } from './bun-server.ts';
import { cannotListen, type Listener, type ListenOptions, urlOf } from './listening.ts';

/** Seconds without a byte after which a connection is closed. */
const idleTimeout = 30;

/** Milliseconds between two checks of the descriptors. */
const lookMs = 100;
/** Milliseconds between two log lines about closed connections. */
const logPause = 60_000;

export interface DirectOptions extends ListenOptions {
  readonly runningOut: () => boolean;
}

/**
 * Listens for HTTP, or HTTPS when given a certificate, with the server that reads HTTP itself. That server cannot count
 * its connections, so it closes them when the process runs out of descriptors: first the idle ones, then all if that is
 * not enough.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export function listenDirectly(handle: RequestHandler, options: DirectOptions): Listener {
  const { address, runningOut } = options;
  const pem = options.tls?.pem;
  const stopping = new AbortController();
  const port = freePort(options);
  let current = { pem, server: serve(handle, { address, port, pem }, stopping.signal) };
  const replaced = new Map<BunServer, Promise<void>>();
  const replace = (next: string | undefined, { closeAll }: { closeAll: boolean }) => {
    const before = current.server;
    current = { pem: next, server: serve(handle, { address, port, pem: next }, stopping.signal) };
    replaced.set(
      before,
      before.stop(closeAll).finally(() => replaced.delete(before)),
    );
  };
  const tell = closingLog(options);
  const spare = new SpareDescriptor();
  const watch = setInterval(() => {
    if (!runningOut()) return;
    current.server.closeIdleConnections();
    const closeAll = runningOut();
    if (closeAll) spare.lend(() => replace(current.pem, { closeAll }));
    tell(closeAll ? 'all' : 'idle');
  }, lookMs);
  return {
    url: urlOf(options, current.server.port ?? port),
    replaceTls:
      pem === undefined
        ? undefined
        : ({ pem: next }) => {
            if (next !== current.pem) replace(next, { closeAll: false });
          },
    load: () => ({
      connections: undefined,
      requests: current.server.pendingRequests,
      webSockets: current.server.pendingWebSockets,
    }),
    async stop() {
      clearInterval(watch);
      spare[Symbol.dispose]();
      stopping.abort();
      const all = [...replaced, [current.server, current.server.stop()] as const];
      await Promise.all(all.map(([server, stopped]) => stopBunServer(server, stopped)));
    },
  };
}

/** A descriptor in reserve, so that a new server can start when connections have taken all others. */
class SpareDescriptor implements Disposable {
  #held: number | undefined = openSync(devNull, 'r');

  /** Frees the descriptor while the work runs. */
  lend(work: () => void): void {
    this[Symbol.dispose]();
    try {
      work();
    } finally {
      this.#held = openSync(devNull, 'r');
    }
  }

  [Symbol.dispose](): void {
    if (this.#held !== undefined) closeSync(this.#held);
    this.#held = undefined;
  }
}

function closingLog({ clock, logger }: ListenOptions): (which: 'idle' | 'all') => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (closed) => {
    if (clock.monotonic() - toldAt < logPause) return;
    toldAt = clock.monotonic();
    logger.warn({ closed }, 'the limit of open files (ulimit -n) is near: connections closed');
  };
}

/**
 * The port to listen on, after a check that it is free. A server that replaces another one listens beside it for a
 * moment, which needs a shared port; without the check a second server could share the port unnoticed.
 */
function freePort({ address, port: wanted }: ListenOptions): number {
  const plain = { address, port: wanted, pem: undefined };
  const probe = serve(async () => new Response(), plain, new AbortController().signal, { reusePort: false });
  const { port = wanted } = probe;
  void probe.stop(true);
  return port;
}

interface Place {
  readonly address: string;
  readonly port: number;
  readonly pem: string | undefined;
}

function serve(
  handle: RequestHandler,
  { address, port, pem }: Place,
  stopping: AbortSignal,
  { reusePort } = { reusePort: true },
): BunServer {
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
      reusePort,
      ...(pem === undefined ? {} : { tls: { cert: pem, key: pem } }),
    });
  } catch (cause) {
    throw cannotListen({ address, port }, cause);
  }
}
