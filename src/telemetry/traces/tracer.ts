import { presentScope } from '../../lib/scope-of-work.ts';
import { shortened } from '../../lib/shortened.ts';
import type { Span, SpanAttributes, SpanOptions, SpanPlace, Tracer } from '../../lib/tracing.ts';
import type { EndedSpan } from './otlp.ts';

export interface TracerOptions {
  /** Takes each span of a sampled trace when it has ended. */
  readonly add: (span: EndedSpan) => void;
  /** The part of the traces that begin here and are exported, 0 to 1. */
  readonly ratio: number;
}

const longestText = 1_000;

/** Makes spans. A span without a given parent is a child of the present one. */
export function makeTracer({ add, ratio }: TracerOptions): Tracer {
  return {
    isOn: true,
    start(name, options = {}) {
      const parent = options.parent ?? presentScope()?.span;
      return new RunningSpan(name, { ...options, parent }, { place: placeOf(parent, options, ratio), add });
    },
  };
}

/** A trace is exported as a whole or not at all (TraceIdRatioBased and ParentBased samplers). */
function placeOf(parent: SpanPlace | undefined, { traceId }: SpanOptions, ratio: number): SpanPlace {
  const spanId = randomHex(8);
  if (parent !== undefined) return { traceId: parent.traceId, spanId, isSampled: parent.isSampled };
  const own = traceId ?? randomHex(16);
  // The last digits: those of an operation's id are random, and its first ones the time.
  const isSampled = Number.parseInt(own.slice(-13), 16) < ratio * 16 ** 13;
  return { traceId: own, spanId, isSampled };
}

function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}

class RunningSpan implements Span {
  readonly place: SpanPlace;
  readonly #add: TracerOptions['add'];
  readonly #options: SpanOptions;
  readonly #startedAt: number;
  #name: string;
  #attributes: SpanAttributes;
  #failure: string | undefined;
  #isOver = false;

  constructor(name: string, options: SpanOptions, { place, add }: { place: SpanPlace; add: TracerOptions['add'] }) {
    this.place = place;
    this.#add = add;
    this.#name = name;
    this.#options = options;
    this.#attributes = options.attributes ?? {};
    this.#startedAt = options.startedAt ?? performance.now();
  }

  rename(name: string): void {
    this.#name = name;
  }

  set(attributes: SpanAttributes): void {
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  fail(reason: string): void {
    this.#failure ??= shortened(reason, longestText);
  }

  end(endedAt = performance.now()): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.place.isSampled) return;
    const { parent, link, kind = 'internal' } = this.#options;
    // The monotonic clock measures; the calendar says when it was.
    const offset = Date.now() - performance.now();
    this.#add({
      place: this.place,
      parent,
      link,
      name: this.#name,
      kind,
      startedAt: this.#startedAt + offset,
      endedAt: endedAt + offset,
      attributes: bounded(this.#attributes),
      failure: this.#failure,
    });
  }
}

function bounded(attributes: SpanAttributes): SpanAttributes {
  const entries = Object.entries(attributes).map(([name, value]) => {
    return [name, typeof value === 'string' ? shortened(value, longestText) : value] as const;
  });
  return Object.fromEntries(entries);
}
