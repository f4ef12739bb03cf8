/** The identity of a span, by which spans of this and other processes refer to it (W3C Trace Context). */
export interface SpanPlace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether the trace is exported. */
  readonly isSampled: boolean;
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type SpanKind = 'internal' | 'server' | 'client';

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  /** The parent; the span of the present work scope when left out. */
  readonly parent?: SpanPlace | undefined;
  /** A span of another trace that caused this one. */
  readonly link?: SpanPlace | undefined;
  /** The trace of a span without a parent; a new one when left out. */
  readonly traceId?: string;
  /** `performance.now()` at its start; now when left out. */
  readonly startedAt?: number;
}

/** A span that has started. Only the first `end` counts. */
export interface Span {
  readonly place: SpanPlace | undefined;
  /** For a name that is known later than the start. */
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** The work of the span failed; the reason never holds a secret. */
  fail(reason: string): void;
  end(endedAt?: number): void;
}

/** Makes spans. While tracing is off it makes spans that do nothing. */
export interface Tracer {
  readonly isOn: boolean;
  start(name: string, options?: SpanOptions): Span;
}

const noSpan: Span = { place: undefined, rename() {}, set() {}, fail() {}, end() {} };

export const noTracer: Tracer = { isOn: false, start: () => noSpan };

/** The header `traceparent` that names a span to another process (W3C Trace Context, 3.2). */
export function traceparentOf({ traceId, spanId, isSampled }: SpanPlace): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

const header = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The span that a `traceparent` names; undefined when it is not one, which the standard has receivers ignore. */
export function spanPlaceIn(traceparent: string | null): SpanPlace | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = header.exec(traceparent ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
