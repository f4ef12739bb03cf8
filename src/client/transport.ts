import { BackOff } from '../lib/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import { Deadline } from '../lib/deadline.ts';
import { type ProxyFor, type ProxyOptions, proxiesOf, throughProxy } from '../lib/proxies.ts';
import { conditionsOf } from './change.ts';
import { ConnectionFailure } from './connection-failure.ts';
import { Etags } from './etags.ts';
import { NoServerError, type Tried } from './no-server-error.ts';
import { NotSent, type UnsentRequest } from './not-sent.ts';
import { problemOf } from './problem-error.ts';
import type { Request } from './request.ts';
import type { ServerCertificate } from './server-certificate.ts';
import { placeOf } from './server-place.ts';
import { type ServerTrust, TrustSource } from './server-trust.ts';
import { readList, readObject } from './shape.ts';

export interface Failover {
  from: string;
  to: string;
  /** Why `from` could not be reached. */
  reason: string;
}

export interface TransportOptions {
  endpoints: readonly string[];
  /** Headers for each request, read before it is sent. */
  headers: () => Promise<Readonly<Record<string, string>>>;
  /** The client certificate, in PEM. */
  tls?: { cert: string; key: string };
  trust?: ServerTrust;
  /** The HTTP proxy of the servers, and the hosts that are reached without it. */
  proxies?: ProxyOptions;
  onFailover: (failover: Failover) => void | Promise<void>;
  requestTimeout: number;
  /** Called when a server refuses the credentials. */
  onRefused?: (() => Promise<void>) | undefined;
  /** How many times all servers are tried again with an idempotent request. */
  retries: number;
  clock: Clock;
  /** Called instead of sending a request that would change something. */
  dryRun?: ((request: UnsentRequest) => void | Promise<void>) | undefined;
}

/**
 * Sends requests to the first reachable server, and stays with the one that answered last. An idempotent request whose
 * outcome is unknown is sent again, to the next server and, after a pause, to all of them. Any other request goes to
 * the next server only while it certainly reached none.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #endpoints: readonly string[];
  readonly #trust: TrustSource;
  readonly #proxyFor: ProxyFor;
  readonly etags = new Etags();
  #preferred = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#proxyFor = proxiesOf(options.proxies ?? {});
    this.#trust = new TrustSource(options.trust ?? {}, this.#proxyFor);
    this.#endpoints = options.endpoints.map((endpoint) => endpoint.replace(/\/$/, ''));
  }

  /** The endpoint that answered last; the first one before any did. */
  get endpoint(): string {
    return this.#endpoints[this.#preferred] ?? '';
  }

  /** @throws ProblemError, NoServerError, NotSent, or the reason of the signal */
  object<T extends object>(request: Request): Promise<T> {
    return this.send(request, readObject<T>);
  }

  /** @throws ProblemError, NoServerError, NotSent, or the reason of the signal */
  list<T>(request: Request): Promise<T[]> {
    return this.send(request, readList<T>);
  }

  /**
   * The same for an answer that is not only JSON. `read` runs under the deadline of the request.
   *
   * @throws ProblemError, NoServerError, NotSent, or the reason of the signal
   */
  async send<T>(request: Request, read: (response: Response) => Promise<T>): Promise<T> {
    if (this.#options.dryRun !== undefined && changes(request)) return this.#tell(request, this.#options.dryRun);
    const { retries, clock } = this.#options;
    const pauses = new BackOff(roundPauses);
    for (let round = 0; ; round += 1) {
      const outcome = await this.#round(request, read);
      if (outcome.kind === 'answered') return outcome.answer();
      if (!isIdempotent(request) || round >= retries) throw new NoServerError(outcome.tried);
      await pauses.sleep(clock, request.signal);
    }
  }

  /** Tries every server at most once. */
  async #round<T>(request: Request, read: (response: Response) => Promise<T>): Promise<Round<T>> {
    const tried: Tried[] = [];
    const count = this.#endpoints.length;
    const order = this.#endpoints.map((_, step) => (this.#preferred + step) % count);
    for (const index of order) {
      const endpoint = this.#endpoints[index] ?? '';
      const previous = tried.at(-1);
      if (previous !== undefined) {
        await this.#options.onFailover({ from: previous.endpoint, to: endpoint, reason: previous.reason });
      }
      try {
        const answer = await this.#attempt(endpoint, request, read);
        this.#preferred = index;
        return { kind: 'answered', answer };
      } catch (error) {
        if (!(error instanceof ConnectionFailure)) throw error;
        const isKnown = error.isUnsent || isIdempotent(request);
        const { isUntrusted, fault } = error;
        const certificate = fault === undefined ? undefined : await this.#certificateOf(endpoint, request.signal);
        const what = this.#describe(error, endpoint, certificate) + throughProxy(this.#wayTo(endpoint));
        const reason = isKnown ? what : `${what}; it may have done as asked`;
        tried.push({ endpoint, reason, isUntrusted, fault, certificate });
        if (!isKnown) break;
      }
    }
    return { kind: 'unreachable', tried };
  }

  async #tell({ method, path, query, body }: Request, dryRun: NonNullable<TransportOptions['dryRun']>): Promise<never> {
    const unsent = { method, path: path + searchOf(query), body };
    await dryRun(unsent);
    throw new NotSent(unsent);
  }

  /** A problem is returned as a function that throws it: the server was reached, and the transport stays with it. */
  async #attempt<T>(endpoint: string, request: Request, read: (response: Response) => Promise<T>): Promise<() => T> {
    const requestTimeout = request.timeout ?? this.#options.requestTimeout;
    using deadline = new Deadline(
      requestTimeout,
      () => new Error(`no answer in ${requestTimeout / 1000} s`),
      request.signal,
    );
    try {
      const response = await this.#fetch(endpoint, request, deadline.signal);
      if (!response.ok) {
        const problem = await problemOf(request, response);
        if (problem.code === 'credentials_refused') await this.#options.onRefused?.();
        return () => {
          throw problem;
        };
      }
      const answer = await read(response);
      this.etags.keep(answer, response);
      return () => answer;
    } catch (error) {
      request.signal?.throwIfAborted();
      throw new ConnectionFailure(error, deadline.signal.aborted ? deadline.signal.reason : undefined);
    }
  }

  /** Undefined when the server cannot be asked once more. */
  async #certificateOf(endpoint: string, signal?: AbortSignal): Promise<ServerCertificate | undefined> {
    const { requestTimeout } = this.#options;
    using deadline = new Deadline(requestTimeout, () => new Error('no answer'), signal);
    return await this.#trust.certificateOf(placeOf(endpoint).base, deadline.signal).catch(() => undefined);
  }

  #describe({ message, fault }: ConnectionFailure, endpoint: string, certificate?: ServerCertificate): string {
    if (fault === undefined || certificate === undefined) return message;
    const { base } = placeOf(endpoint);
    return this.#trust.describe(fault, certificate, { base, now: this.#options.clock.now() });
  }

  #wayTo(endpoint: string): ReturnType<ProxyFor> {
    return this.#proxyFor(placeOf(endpoint).base);
  }

  /** Redirects are not followed: the credentials are for this server only. */
  async #fetch(endpoint: string, request: Request, signal: AbortSignal): Promise<Response> {
    const { method, path, query, body, precondition, accept = 'application/json, text/plain' } = request;
    const { base, ...way } = placeOf(endpoint);
    const url = base + path + searchOf(query);
    const { headers: own, tls: shown } = this.#options;
    const tls = { ...shown, ...(await this.#trust.checksFor(base, signal)) };
    const headers = { ...(await own()), ...conditionsOf(precondition), accept };
    const init: BunFetchRequestInit = {
      method,
      signal,
      redirect: 'manual',
      ...this.#wayTo(endpoint),
      ...way,
      ...(Object.keys(tls).length === 0 ? {} : { tls }),
    };
    if (body === undefined) return fetch(url, { ...init, headers });
    const typed = { ...headers, 'content-type': contentTypeOf(request) };
    const content = body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
    return fetch(url, { ...init, headers: typed, body: content });
  }
}

type Round<T> = { kind: 'answered'; answer: () => T } | { kind: 'unreachable'; tried: readonly Tried[] };

/** Pauses before all servers are tried again, in milliseconds. */
const roundPauses = { first: 250, longest: 5000 };

function isIdempotent({ method, body, precondition, ...request }: Request): boolean {
  if (Array.isArray(body) || Object.keys(conditionsOf(precondition)).length > 0) return false;
  return request.idempotent ?? (method !== 'POST' && method !== 'PATCH');
}

function contentTypeOf({ method, body }: Request): string {
  if (body instanceof Uint8Array) return 'application/octet-stream';
  if (method !== 'PATCH') return 'application/json';
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

/** A plan changes nothing. */
function changes({ method, query, isRead }: Request): boolean {
  return method !== 'GET' && isRead !== true && query?.plan !== 'true';
}

function searchOf(query: Request['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = value === undefined ? [] : typeof value === 'object' ? value : [value];
    for (const each of values) parameters.append(name, String(each));
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}
