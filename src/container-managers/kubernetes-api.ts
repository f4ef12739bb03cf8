import { boundedText } from '../lib/bounded-text.ts';
import { connectionFailure, isAboutTrust } from '../lib/connection-failure.ts';
import { Deadline } from '../lib/deadline.ts';
import { AppError } from '../lib/errors.ts';
import { parsedJson } from '../lib/nesting.ts';
import { isObject } from '../lib/objects.ts';
import { neverByProxy, type ProxyFor, throughProxy } from '../lib/proxies.ts';
import { traceHeaders } from '../lib/scope-of-work.ts';
import { shortened } from '../lib/shortened.ts';
import { withoutSecrets } from './masking.ts';
import type { KubernetesOptions } from './options.ts';
import { tlsSettings } from './tls.ts';

export interface Call {
  /** The purpose, after "could not": `register the node 192.0.2.7`. */
  attempt: string;
  method: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`, encoded. */
  path: string;
  body?: object;
}

export interface Answer {
  status: number;
  /** Undefined when the body is no JSON. */
  body: unknown;
}

/** A node object has tens of kilobytes. */
const maxAnswerBytes = 1024 * 1024;

/**
 * The few calls we make to an API of Kubernetes. Connections are not reused: one that was opened without verifying the
 * certificate must not serve a call that has to verify it.
 */
export class KubernetesApi {
  readonly #name: string;
  readonly #options: KubernetesOptions;
  readonly #deadlineMs: number;
  readonly #origin: string;
  readonly #way: ReturnType<ProxyFor>;

  /**
   * @param name the name of the manager, for messages
   * @param surroundings the deadline of one call, and how the API is reached: directly when left out
   */
  constructor(
    name: string,
    options: KubernetesOptions,
    { deadlineMs, proxyFor = neverByProxy }: { deadlineMs: number; proxyFor?: ProxyFor },
  ) {
    this.#name = name;
    this.#options = options;
    this.#deadlineMs = deadlineMs;
    this.#way = proxyFor(options.server_url);
    this.#origin = new URL(options.server_url).origin;
  }

  /** @throws AppError `container_manager_failed` when there is no answer; the reason of the signal */
  async call(call: Call, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const seconds = this.#deadlineMs / 1000;
    using limit = new Deadline(this.#deadlineMs, () => new Error(`no answer in ${seconds} s`), signal);
    try {
      const response = await this.#fetch(call, limit.signal);
      return { status: response.status, body: parsedJson(await boundedText(response, maxAnswerBytes)) };
    } catch (error) {
      signal.throwIfAborted();
      const cause = limit.signal.aborted ? limit.signal.reason : error;
      const hint = isAboutTrust(cause) ? hints.trust(this.#name) : hints.connection(this.#name);
      throw this.#failure(call, connectionFailure(cause) + throughProxy(this.#way), hint);
    }
  }

  /** The error for an error answer, with the message of the server. */
  refused(call: Call, { status, body }: Answer): AppError {
    const said = isObject(body) && typeof body.message === 'string' ? `: ${body.message}` : '';
    const hint = status === 401 || status === 403 ? hints.credentials(this.#name) : hints.other;
    return this.#failure(call, `it answered ${status}${said}`, hint);
  }

  /** The error for any other failure. */
  failed(call: Call, reason: string): AppError {
    return this.#failure(call, reason, hints.other);
  }

  async #fetch({ method, path, body }: Call, signal: AbortSignal): Promise<Response> {
    const headers = { accept: 'application/json', ...this.#authorization(), ...traceHeaders() };
    const tls = await tlsSettings(this.#options);
    // A redirect could send the credentials to another server.
    const init: BunFetchRequestInit = { ...this.#way, method, signal, tls, keepalive: false, redirect: 'manual' };
    const url = `${this.#origin}/api/v1${path}`;
    if (body === undefined) return fetch(url, { ...init, headers });
    const typed = { ...headers, 'content-type': 'application/json' };
    return fetch(url, { ...init, headers: typed, body: JSON.stringify(body) });
  }

  #authorization(): Record<string, string> {
    const { token, username } = this.#options;
    if (token !== undefined) return { authorization: `Bearer ${token}` };
    return username === undefined ? {} : { authorization: `Basic ${this.#basic()}` };
  }

  #basic(): string {
    const { username = '', password = '' } = this.#options;
    return Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
  }

  /** Without the cause, whose contents in this runtime are unknown. */
  #failure({ attempt }: Call, reason: string, hint: string): AppError {
    const { token, password, username } = this.#options;
    const basic = username === undefined ? undefined : this.#basic();
    const secrets = [token, password, basic].filter((secret) => secret !== undefined);
    const said = shortened(withoutSecrets(reason, secrets), 500);
    const manager = `the container manager "${this.#name}" at ${this.#origin}`;
    return new AppError('container_manager_failed', `could not ${attempt} with ${manager}: ${said}`, { hint });
  }
}

const hints = {
  trust: (name: string) =>
    `give the CA of its certificate with \`commctl container_manager change -o certificate_authority=FILE ${name}\`, or accept the risk with \`commctl container_manager change -o insecure=true ${name}\``,
  credentials: (name: string) =>
    `give it other credentials, such as with \`commctl container_manager change -o token=TOKEN ${name}\``,
  connection: (name: string) =>
    `see that it runs and can be reached from here; \`commctl container_manager get ${name}\` shows how it is reached`,
  other: 'look at the container manager, then try again',
};
