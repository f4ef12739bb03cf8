import { Deadline } from '../lib/deadline.ts';
import { NoServerError } from './no-server-error.ts';
import { problemOf } from './problem-error.ts';
import { readList, readObject } from './shape.ts';

export interface Failover {
  from: string;
  to: string;
  /** Why `from` could not be reached. */
  reason: string;
}

export interface TransportOptions {
  endpoints: readonly string[];
  headers: Readonly<Record<string, string>>;
  onFailover: (failover: Failover) => void | Promise<void>;
  requestTimeout: number;
}

export interface Request {
  method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** From the root, with every name in it already encoded. */
  path: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. The original's servers want a body on every PUT. */
  body?: object;
  signal?: AbortSignal | undefined;
}

/**
 * Sends requests to the first server that can be reached, and stays with the one that answered last. Every route is
 * idempotent, so a request whose fate is unknown may be sent again elsewhere.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #endpoints: readonly string[];
  #preferred = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#endpoints = options.endpoints.map((endpoint) => endpoint.replace(/\/$/, ''));
  }

  /** @throws ProblemError, NoServerError, or the reason of the signal */
  object<T extends object>(request: Request): Promise<T> {
    return this.send(request, readObject<T>);
  }

  /** @throws ProblemError, NoServerError, or the reason of the signal */
  list<T>(request: Request): Promise<T[]> {
    return this.send(request, readList<T>);
  }

  /**
   * The same for an answer that is more than its JSON. `read` runs under the deadline of the request.
   *
   * @throws ProblemError, NoServerError, or the reason of the signal
   */
  async send<T>(request: Request, read: (response: Response) => Promise<T>): Promise<T> {
    const tried: Omit<Failover, 'to'>[] = [];
    const count = this.#endpoints.length;
    const order = this.#endpoints.map((_, step) => (this.#preferred + step) % count);
    for (const index of order) {
      const endpoint = this.#endpoints[index] ?? '';
      const previous = tried.at(-1);
      if (previous !== undefined) await this.#options.onFailover({ ...previous, to: endpoint });
      try {
        const answer = await this.#attempt(endpoint, request, read);
        this.#preferred = index;
        return answer();
      } catch (error) {
        if (!(error instanceof ConnectionFailure)) throw error;
        tried.push({ from: endpoint, reason: error.message });
      }
    }
    throw new NoServerError(tried.map(({ from, reason }) => ({ endpoint: from, reason })));
  }

  /** A refusal comes back as a thunk that throws: the server was reached, and is the one to stay with. */
  async #attempt<T>(endpoint: string, request: Request, read: (response: Response) => Promise<T>): Promise<() => T> {
    const { requestTimeout } = this.#options;
    using deadline = new Deadline(
      requestTimeout,
      () => new Error(`no answer in ${requestTimeout / 1000} s`),
      request.signal,
    );
    try {
      const response = await this.#fetch(endpoint, request, deadline.signal);
      if (!response.ok) {
        const problem = await problemOf(request, response);
        return () => {
          throw problem;
        };
      }
      const answer = await read(response);
      return () => answer;
    } catch (error) {
      request.signal?.throwIfAborted();
      throw new ConnectionFailure(deadline.signal.aborted ? textOf(deadline.signal.reason) : textOf(error));
    }
  }

  /** Redirects are not followed: the credentials are meant for this server and no other. */
  #fetch(endpoint: string, { method, path, query = {}, body }: Request, signal: AbortSignal): Promise<Response> {
    const url = endpoint + path + searchOf(query);
    const headers = { ...this.#options.headers, accept: 'application/json, text/plain' };
    if (body === undefined) return fetch(url, { method, headers, signal, redirect: 'manual' });
    const jsonHeaders = { ...headers, 'content-type': 'application/json' };
    return fetch(url, { method, headers: jsonHeaders, signal, redirect: 'manual', body: JSON.stringify(body) });
  }
}

function searchOf(query: NonNullable<Request['query']>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters}`;
}

/** The endpoint cannot be talked to, so the next one may be tried. */
class ConnectionFailure extends Error {}

/** The runtime puts advice meant for programmers behind the code and the first sentence of its message. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return reasons[code] ?? error.message;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'the network is unreachable',
  ETIMEDOUT: 'no answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority this machine does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
