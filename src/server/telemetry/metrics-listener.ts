import type { Endpoint } from '../../config/endpoint.ts';
import { AppError, systemErrorCode } from '../../lib/errors.ts';
import { formWanted, type ServerReader } from '../../lib/server-reader.ts';

export interface MetricsListener {
  readonly url: string;
  stop(): Promise<void>;
}

/** Seconds without a byte after which a connection is closed. */
const idleTimeout = 10;

/**
 * Serves the metrics alone, over plain HTTP and without authentication.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export function listenForMetrics({ address, port }: Endpoint, metrics: ServerReader['metrics']): MetricsListener {
  const fetch = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname !== '/metrics')
      return new Response('the metrics are at /metrics\n', { status: 404 });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } });
    }
    const { type, text } = await metrics(formWanted(request.headers.get('accept')));
    return new Response(text, { headers: { 'content-type': type, 'cache-control': 'no-store' } });
  };
  try {
    const error = () => new Response('the metrics cannot be read now\n', { status: 500 });
    const server = Bun.serve({ hostname: address, port, idleTimeout, maxRequestBodySize: 1024, fetch, error });
    const host = address.includes(':') ? `[${address}]` : address;
    return { url: `http://${host}:${server.port}/metrics`, stop: () => server.stop(true) };
  } catch (cause) {
    const reason = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new AppError('invalid_configuration', `cannot listen on ${address} port ${port} for metrics: ${reason}`, {
      hint: 'choose another metrics-listen, or stop what uses this one',
      cause,
    });
  }
}
