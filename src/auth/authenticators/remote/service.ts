import { boundedText } from '../../../lib/bounded-text.ts';
import { connectionFailure } from '../../../lib/connection-failure.ts';
import { Deadline } from '../../../lib/deadline.ts';
import { parsedJson } from '../../../lib/nesting.ts';
import { certificateIn, privateKeyIn } from '../../../lib/pem-file.ts';
import { neverByProxy, type ProxyFor, throughProxy } from '../../../lib/proxies.ts';
import { Semaphore } from '../../../lib/semaphore.ts';

export interface ServiceOptions {
  /** Its name in messages: `Keystone`. */
  readonly name: string;
  /** The PEM file of the CAs that may sign its certificate; those of the system when left out. */
  readonly ca: string | undefined;
  /** Do not verify its certificate. */
  readonly insecure: boolean;
  /** The files of the client certificate for the service. */
  readonly certificate?: { readonly path: string; readonly keyPath: string } | undefined;
  readonly deadlineMs?: number | undefined;
  /** How it is reached; directly when left out. */
  readonly proxyFor?: ProxyFor | undefined;
}

export interface Call {
  readonly url: URL;
  readonly headers?: Record<string, string>;
  /** Sent as JSON, by POST; without it the call is a GET. */
  readonly body?: object;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when the body is not JSON. */
  readonly body: unknown;
}

/** Callers without credentials can cause calls: an unbounded number of them could be used to attack the service. */
const callsAtOnce = 16;
const maxAnswerBytes = 1024 * 1024;

/**
 * A remote service that identifies callers. Redirects are not followed, because the credentials would follow too.
 * Connections are not kept, so that a call that verifies the certificate never gets one that was opened without.
 */
export class Service {
  readonly #options: ServiceOptions;
  readonly #places = new Semaphore(callsAtOnce);

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /** @throws Error when there is no answer in time, with the reason and without the data that was sent */
  async call(call: Call): Promise<Answer> {
    const { name, deadlineMs = 5000, proxyFor = neverByProxy } = this.#options;
    const way = proxyFor(call.url);
    using limit = new Deadline(deadlineMs, () => new Error(`no answer in ${deadlineMs / 1000} s`));
    let leave: (() => void) | undefined;
    try {
      leave = await this.#places.acquire(limit.signal);
      const response = await this.#fetch(call, way, limit.signal);
      const text = await boundedText(response, maxAnswerBytes);
      return { status: response.status, headers: response.headers, body: parsedJson(text) };
    } catch (error) {
      const reason = connectionFailure(limit.signal.aborted ? limit.signal.reason : error);
      throw new Error(`could not ask ${name} at ${call.url.origin}${throughProxy(way)}: ${reason}`);
    } finally {
      leave?.();
    }
  }

  /** The error for an answer that says nothing about the caller. */
  unexpected({ url }: Call, { status }: Answer): Error {
    const hint = status >= 300 && status < 400 ? ': a redirection, which is not followed' : '';
    return new Error(`${this.#options.name} at ${url.origin} answered with ${status}${hint}`);
  }

  async #fetch({ url, headers = {}, body }: Call, way: ReturnType<ProxyFor>, signal: AbortSignal): Promise<Response> {
    const init: BunFetchRequestInit = {
      ...way,
      signal,
      tls: await this.#tls(),
      keepalive: false,
      redirect: 'manual',
    };
    const accepting = { accept: 'application/json', ...headers };
    if (body === undefined) return fetch(url, { ...init, headers: accepting });
    const typed = { ...accepting, 'content-type': 'application/json' };
    return fetch(url, { ...init, method: 'POST', headers: typed, body: JSON.stringify(body) });
  }

  /** Read each time, because certificates are renewed. */
  async #tls() {
    const { ca, insecure, certificate } = this.#options;
    return {
      rejectUnauthorized: !insecure,
      ...(ca === undefined ? {} : { ca: await certificateIn(ca) }),
      ...(certificate === undefined
        ? {}
        : { cert: await certificateIn(certificate.path), key: await privateKeyIn(certificate.keyPath) }),
    };
  }
}
