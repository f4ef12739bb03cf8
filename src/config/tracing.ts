import { readCollectorUrl } from './collector-url.ts';
import type { Environment } from './environment.ts';
import { type Given, givenScalar } from './given.ts';
import type { Settings } from './settings.ts';
import { readPath } from './values.ts';

/** Where traces go, and how. */
export interface TracingConfiguration {
  /** The complete URL that spans are posted to. */
  readonly url: string;
  /** The file with headers for the collector. */
  readonly headersFile: string | undefined;
  /** Headers of the environment: `name=value` with commas, percent-encoded. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that one request to the collector may take. */
  readonly timeoutMs: number;
  /** Attributes of the resource, beside those that the server sets. */
  readonly resource: Readonly<Record<string, string>>;
  /** The part of the traces that begin here and are exported, 0 to 1. */
  readonly ratio: number;
}

const defaultTimeoutMs = 10_000;

/**
 * From the options, else from the variables of the OpenTelemetry specification (OTLP exporter configuration, and
 * general SDK configuration). Undefined when no endpoint is given, or `OTEL_SDK_DISABLED` or
 * `OTEL_TRACES_EXPORTER=none` says so.
 *
 * @throws AppError `invalid_configuration` for an endpoint in a variable that is no URL
 */
export function tracingOf(settings: Settings, environment: Environment): TracingConfiguration | undefined {
  const url = collector(settings, environment);
  if (url === undefined) return undefined;
  const headersFile = settings.find('otlp-headers-file');
  const timeout = environment.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? environment.OTEL_EXPORTER_OTLP_TIMEOUT;
  const name = environment.OTEL_SERVICE_NAME;
  return {
    url,
    headersFile: headersFile && readPath(headersFile),
    headers: pairs(environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? environment.OTEL_EXPORTER_OTLP_HEADERS),
    timeoutMs: positive(timeout) ?? defaultTimeoutMs,
    resource: {
      ...pairs(environment.OTEL_RESOURCE_ATTRIBUTES),
      ...(name === undefined || name === '' ? {} : { 'service.name': name }),
    },
    ratio: ratioOf(environment),
  };
}

function collector(settings: Settings, environment: Environment): string | undefined {
  const given = settings.find('otlp-endpoint');
  if (given !== undefined) return withPath(readCollectorUrl(given));
  if (environment.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  if (environment.OTEL_TRACES_EXPORTER === 'none') return undefined;
  const own = variable(environment, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  if (own !== undefined) return readCollectorUrl(own);
  const common = variable(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  return common && `${readCollectorUrl(common).replace(/\/$/, '')}/v1/traces`;
}

function variable(environment: Environment, name: string): Given | undefined {
  const text = environment[name];
  return text === undefined || text === '' ? undefined : givenScalar(`$${name}`, text);
}

function withPath(text: string): string {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}

/** The notation of W3C Baggage: `a=1,b=2`, with percent-encoding. A pair that is none is passed over. */
function pairs(text = ''): Record<string, string> {
  const found = text.split(',').flatMap((pair) => {
    const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    return name === '' ? [] : [[name, decoded(value)] as const];
  });
  return Object.fromEntries(found);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
}

function ratioOf({ OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: text }: Environment): number {
  if (sampler.endsWith('always_off')) return 0;
  if (!sampler.endsWith('traceidratio')) return 1;
  const value = Number(text);
  return text !== undefined && value >= 0 && value <= 1 ? value : 1;
}
