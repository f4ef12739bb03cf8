import type { Server } from 'bun';
import { AppError, systemErrorCode } from '../lib/errors.ts';
import type { RequestHandler } from './app.ts';
import { maxBodyBytes } from './body.ts';

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

/**
 * Listens for HTTP, or HTTPS when given a certificate.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export function listen(handle: RequestHandler, options: ListenOptions): Listener {
  const { address, port, pem } = options;
  const server = serve(handle, options);
  const scheme = pem === undefined ? 'http' : 'https';
  const host = address.includes(':') ? `[${address}]` : address;
  return { url: `${scheme}://${host}:${server.port ?? port}`, stop: () => server.stop() };
}

function serve(handle: RequestHandler, { address, port, pem }: ListenOptions): Server<undefined> {
  try {
    return Bun.serve({
      hostname: address,
      port,
      idleTimeout,
      // The routes answer a large body with a problem document; this only bounds what they have to look at.
      maxRequestBodySize: 16 * maxBodyBytes,
      ...(pem === undefined ? {} : { tls: { cert: pem, key: pem } }),
      fetch: (request, bun) => handle(request, bun.requestIP(request)?.address ?? ''),
    });
  } catch (cause) {
    const reason = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new AppError('invalid_configuration', `cannot listen on ${address} port ${port}: ${reason}`, {
      hint: 'choose another --listen-interface or --listen-port, or stop what uses this one',
      cause,
    });
  }
}
