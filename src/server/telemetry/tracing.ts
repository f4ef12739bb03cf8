import { hostname } from 'node:os';
import type { TracingConfiguration } from '../../config/tracing.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ProxyFor } from '../../lib/proxies.ts';
import { noTracer, type Tracer } from '../../lib/tracing.ts';
import { version } from '../../lib/version.ts';

/** The tracer of the server, with what it counts. Disposing of it sends what waits. */
export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
  /** Undefined while tracing is off. */
  readonly counts: (() => { exported: number; dropped: number }) | undefined;
}

export interface TracingOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly proxyFor: ProxyFor;
  readonly newId: () => string;
}

/**
 * Exports traces where the configuration says so. Otherwise nothing of it is loaded.
 *
 * @throws AppError `invalid_configuration` when the file of headers cannot be used
 */
export async function openTracing(
  configuration: TracingConfiguration | undefined,
  { clock, logger, proxyFor, newId }: TracingOptions,
): Promise<Tracing> {
  if (configuration === undefined) {
    return { tracer: noTracer, counts: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const { SpanExporter } = await import('../../telemetry/traces/exporter.ts');
  const { makeTracer } = await import('../../telemetry/traces/tracer.ts');
  const { readHeaders } = await import('../../telemetry/traces/headers.ts');
  const { url, headersFile, headers, timeoutMs, resource, ratio } = configuration;
  const exporter = new SpanExporter({
    url,
    headers: { ...headers, ...(headersFile === undefined ? {} : readHeaders(headersFile)) },
    way: proxyFor(url),
    timeoutMs,
    resource: {
      'service.name': 'commissaire',
      'service.version': version,
      'service.instance.id': newId(),
      'host.name': hostname(),
      ...resource,
    },
    scope: { name: 'commissaire', version },
    clock,
    logger,
  });
  return {
    tracer: makeTracer({ add: (span) => exporter.add(span), ratio }),
    counts: () => ({ exported: exporter.exported, dropped: exporter.dropped }),
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}
