import type { SpanAttributes, SpanKind, SpanPlace } from '../../lib/tracing.ts';

/** A span that has ended. */
export interface EndedSpan {
  readonly place: SpanPlace;
  readonly parent: SpanPlace | undefined;
  readonly link: SpanPlace | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: SpanAttributes;
  /** The reason when its work failed. */
  readonly failure: string | undefined;
}

/** By `opentelemetry/proto/trace/v1/trace.proto`. */
const kinds: Record<SpanKind, number> = { internal: 1, server: 2, client: 3 };
const failed = 2;
/** The low bits of `flags`: sampled, and "it is known whether the parent is remote". */
const sampledFlag = 1;

/**
 * The body of a request to `/v1/traces` as JSON (OTLP 1.x, section "JSON Protobuf Encoding"): ids in hexadecimal, 64-bit
 * integers as text, enumerations as numbers.
 *
 * @param scope name and version of what made the spans
 */
export function traceRequest(
  spans: readonly EndedSpan[],
  resource: SpanAttributes,
  scope: { readonly name: string; readonly version: string },
): object {
  const scopeSpans = [{ scope, spans: spans.map(encoded) }];
  return { resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans }] };
}

function encoded({ place, parent, link, name, kind, startedAt, endedAt, attributes, failure }: EndedSpan): object {
  return {
    traceId: place.traceId,
    spanId: place.spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
    flags: sampledFlag,
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanosecondsOf(startedAt),
    endTimeUnixNano: nanosecondsOf(endedAt),
    attributes: attributesOf(attributes),
    ...(link === undefined ? {} : { links: [{ traceId: link.traceId, spanId: link.spanId }] }),
    status: failure === undefined ? {} : { code: failed, message: failure },
  };
}

function nanosecondsOf(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.floor((ms - whole) * 1_000_000)));
}

function attributesOf(attributes: SpanAttributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValueOf(value) }],
  );
}

function anyValueOf(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
