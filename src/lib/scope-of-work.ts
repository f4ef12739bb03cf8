import { AsyncLocalStorage } from 'node:async_hooks';
import { type SpanPlace, traceparentOf } from './tracing.ts';

/** What the present work belongs to. Every line of the log that is written meanwhile carries it. */
export interface WorkScope {
  /** The id of the request. */
  readonly requestId?: string | undefined;
  /** The id of the operation. */
  readonly operation?: string | undefined;
  /** What the request asked for its own lines. */
  readonly wish?: LogWish | undefined;
  /** The present span of a trace. */
  readonly span?: SpanPlace | undefined;
}

/** The wish of a request for the lines that it causes. */
export interface LogWish {
  /** Lines from this level on are logged, whatever the level of the log is. */
  readonly level?: string | undefined;
  /** Every line carries it, so that the lines can be found by it. */
  readonly token?: string | undefined;
  /** How many more lines the wish may cause; the log counts it down. */
  linesLeft: number;
}

const present = new AsyncLocalStorage<WorkScope>();

/** Runs the work with these members added to the scope, through all its awaits and timers. */
export function inScope<R>(added: WorkScope, work: () => R): R {
  return present.run({ ...present.getStore(), ...added }, work);
}

/** Runs the work in this scope alone, for work that outlives the one that starts it. */
export function onlyInScope<R>(scope: WorkScope, work: () => R): R {
  return present.run(scope, work);
}

export function presentScope(): WorkScope | undefined {
  return present.getStore();
}

/** The headers that name the present span to another server; none while tracing is off. */
export function traceHeaders(): { traceparent?: string } {
  const span = present.getStore()?.span;
  return span === undefined ? {} : { traceparent: traceparentOf(span) };
}
