import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { inScope, type LogWish } from '../lib/scope-of-work.ts';
import { noTracer, type Span, spanPlaceIn, type Tracer } from '../lib/tracing.ts';
import type { RouteRule } from './permissions.ts';

/** A request that was answered. Route and method are one of the declared ones, so their number is bounded. */
export interface AnsweredRequest {
  /** The path of the route, with the names of its parameters; `none` when there is no such route. */
  readonly route: string;
  /** `other` when HTTP does not know it. */
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export interface ObservationOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer?: Tracer;
  readonly onAnswered?: ((request: AnsweredRequest) => void) | undefined;
}

/** What is known of a request that is answered; admission adds what it finds out. */
export interface Observed {
  readonly request: Request;
  readonly requestId: string;
  readonly peer: string;
  /** The path as it was sent. */
  readonly path: string;
  readonly rule?: RouteRule | undefined;
  readonly wish?: LogWish | undefined;
}

const methods = new Set(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);

/** Logs, counts and traces a request. Everything it causes belongs to its scope. */
export class Observation {
  readonly #options: ObservationOptions;

  constructor(options: ObservationOptions) {
    this.#options = options;
  }

  async answered(observed: Observed, answer: () => Promise<Response>): Promise<Response> {
    const { clock, tracer = noTracer } = this.#options;
    const begun = clock.monotonic();
    const { requestId, request } = observed;
    const parent = tracer.isOn ? spanPlaceIn(request.headers.get('traceparent')) : undefined;
    const span = tracer.start(request.method, { kind: 'server', parent });
    return inScope({ requestId, span: span.place }, async () => {
      const response = await answer();
      response.headers.set('x-request-id', requestId);
      this.#tell(observed, response.status, clock.monotonic() - begun);
      if (tracer.isOn) endSpan(span, observed, response.status);
      return response;
    });
  }

  #tell({ request, requestId, path, peer, rule, wish }: Observed, status: number, ms: number): void {
    const { logger, onAnswered } = this.#options;
    const { method } = request;
    onAnswered?.({
      route: rule?.path ?? 'none',
      method: methods.has(method) ? method : 'other',
      status,
      seconds: ms / 1000,
    });
    const line = { requestId, method, path, status, peer, ms: Math.round(ms) };
    const isRead = method === 'GET' || method === 'HEAD';
    inScope({ wish }, () => (isRead ? logger.debug(line, 'request') : logger.info(line, 'request')));
  }
}

/** The attributes of the semantic conventions for HTTP servers. The query is left out: it may hold a secret. */
function endSpan(span: Span, { request: { method }, requestId, path, peer, rule }: Observed, status: number): void {
  const route = rule?.path;
  if (route !== undefined) span.rename(`${method} ${route}`);
  span.set({
    'http.request.method': method,
    'http.route': route,
    'url.path': path,
    'http.response.status_code': status,
    'client.address': peer,
    'commissaire.request.id': requestId,
  });
  if (status >= 500) span.fail(`answered with ${status}`);
  span.end();
}
