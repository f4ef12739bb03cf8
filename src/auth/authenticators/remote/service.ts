import { boundedText } from '../../../lib/bounded-text.ts';
import { connectionFailure } from '../../../lib/connection-failure.ts';
import { Deadline } from '../../../lib/deadline.ts';
import { parsedJson } from '../../../lib/nesting.ts';
import { certificateIn, privateKeyIn } from '../../../lib/pem-file.ts';
import { Semaphore } from '../../../lib/semaphore.ts';

export interface ServiceOptions {
  /** What messages call it: `Keystone`. */
  readonly name: string;
  /** The PEM file of the authorities that vouch for it; those of the system when left out. */
  readonly ca: string | undefined;
  /** Do not verify who it is. */
  readonly insecure: boolean;
  /** The files of what it knows us by. */
  readonly certificate?: { readonly path: string; readonly keyPath: string } | undefined;
  readonly deadlineMs?: number | undefined;
}

export interface Call {
  readonly url: URL;
  readonly headers?: Record<string, string>;
  /** Is sent as JSON, by POST; without it the call is a GET. */
  readonly body?: object;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when it is no JSON. */
  readonly body: unknown;
}

/** Callers without credentials can have us ask: more at once would make a weapon of us. */
const callsAtOnce = 16;
const maxAnswerBytes = 1024 * 1024;

/**
 * Another service that says who somebody is. Redirections are not followed, as credentials would go with them, and
 * connections are not kept, so that none made without a look at the certificate is lent to a call that has to look.
 */
export class Service {
  readonly #options: ServiceOptions;
  readonly #places = new Semaphore(callsAtOnce);

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /** @throws Error when there is no answer in time, saying why, without what was sent */
  async call(call: Call): Promise<Answer> {
    const { name, deadlineMs = 5000 } = this.#options;
    using limit = new Deadline(deadlineMs, () => new Error(`no answer in ${deadlineMs / 1000} s`));
    let leave: (() => void) | undefined;
    try {
      leave = await this.#places.acquire(limit.signal);
      const response = await this.#fetch(call, limit.signal);
      const text = await boundedText(response, maxAnswerBytes);
      return { status: response.status, headers: response.headers, body: parsedJson(text) };
    } catch (error) {
      const reason = connectionFailure(limit.signal.aborted ? limit.signal.reason : error);
      throw new Error(`could not ask ${name} at ${call.url.origin}: ${reason}`);
    } finally {
      leave?.();
    }
  }

  /** What is thrown for an answer that tells nothing of the caller. */
  unexpected({ url }: Call, { status }: Answer): Error {
    const hint = status >= 300 && status < 400 ? ': a redirection, which is not followed' : '';
    return new Error(`${this.#options.name} at ${url.origin} answered with ${status}${hint}`);
  }

  async #fetch({ url, headers = {}, body }: Call, signal: AbortSignal): Promise<Response> {
    const init: BunFetchRequestInit = { signal, tls: await this.#tls(), keepalive: false, redirect: 'manual' };
    const accepting = { accept: 'application/json', ...headers };
    if (body === undefined) return fetch(url, { ...init, headers: accepting });
    const typed = { ...accepting, 'content-type': 'application/json' };
    return fetch(url, { ...init, method: 'POST', headers: typed, body: JSON.stringify(body) });
  }

  /** Read each time anew: certificates are renewed. */
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
