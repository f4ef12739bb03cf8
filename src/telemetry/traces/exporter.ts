import { abortable } from '../../lib/abortable.ts';
import type { Clock } from '../../lib/clock.ts';
import { describeError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ProxyFor } from '../../lib/proxies.ts';
import type { SpanAttributes } from '../../lib/tracing.ts';
import { type EndedSpan, traceRequest } from './otlp.ts';

export interface ExporterOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How the collector is reached: empty, or the proxy. */
  readonly way: ReturnType<ProxyFor>;
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number;
  readonly resource: SpanAttributes;
  readonly scope: { readonly name: string; readonly version: string };
  readonly clock: Clock;
  readonly logger: Logger;
  /** For tests: milliseconds between the first span and its request. */
  readonly gatherMs?: number;
}

/** The most spans that wait; more are dropped and counted. */
const mostWaiting = 4_096;
/** The most spans of one request. */
const batchSize = 512;
const defaultGatherMs = 2_000;
/** Milliseconds that the last spans get when the server stops. */
const lastMs = 2_000;
/** Milliseconds between two log lines about a collector that takes nothing. */
const logPause = 60_000;

/**
 * Posts spans to a collector, one batch at a time. A collector that is away costs one request at a time and the spans of
 * that time: nothing is kept beyond a bound, and nobody waits for it.
 */
export class SpanExporter implements AsyncDisposable {
  readonly #options: ExporterOptions;
  #waiting: EndedSpan[] = [];
  #sending: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stopping = new AbortController();
  #saidAt = Number.NEGATIVE_INFINITY;
  #isOver = false;
  /** How many spans the collector took. */
  exported = 0;
  /** How many spans were lost: there were too many, or the collector did not take them. */
  dropped = 0;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  add(span: EndedSpan): void {
    if (this.#isOver || this.#waiting.length >= mostWaiting) {
      this.dropped += 1;
      return;
    }
    this.#waiting.push(span);
    if (this.#sending !== undefined) return;
    if (this.#waiting.length >= batchSize) this.#start();
    else this.#startLater();
  }

  /** Sends what waits, for a moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    const limit = AbortSignal.timeout(lastMs);
    const onLimit = () => this.#stopping.abort(limit.reason);
    limit.addEventListener('abort', onLimit, { once: true });
    if (this.#waiting.length > 0 || this.#sending !== undefined) {
      this.#start();
      await abortable(this.#sending ?? Promise.resolve(), limit).catch(() => undefined);
    }
    this.#isOver = true;
    limit.removeEventListener('abort', onLimit);
    this.#stopping.abort();
    this.dropped += this.#waiting.length;
    this.#waiting = [];
  }

  #startLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#start(), this.#options.gatherMs ?? defaultGatherMs);
    this.#timer.unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#waiting.length > 0 && !this.#isOver) this.#startLater();
    });
  }

  /** Until nothing waits, or the collector did not take a batch. */
  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize);
      const refusal = await this.#send(batch);
      if (refusal === undefined) this.exported += batch.length;
      else {
        this.dropped += batch.length;
        this.#tell(refusal);
        return;
      }
    }
  }

  /** Why the collector did not take the batch. */
  async #send(batch: readonly EndedSpan[]): Promise<string | undefined> {
    const { url, headers, way, timeoutMs, resource, scope } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await fetch(url, {
        ...way,
        method: 'POST',
        body: JSON.stringify(traceRequest(batch, resource, scope)),
        // Its headers may have credentials.
        redirect: 'manual',
        headers: { ...headers, 'content-type': 'application/json' },
        signal,
      });
      await response.body?.cancel();
      return response.ok ? undefined : `it answered with ${response.status}`;
    } catch (error) {
      return describeError(error);
    }
  }

  #tell(reason: string): void {
    const { clock, logger, url } = this.#options;
    if (clock.monotonic() - this.#saidAt < logPause) return;
    this.#saidAt = clock.monotonic();
    const { origin } = new URL(url);
    logger.warn({ collector: origin, reason, dropped: this.dropped }, 'the collector takes no traces');
  }
}
