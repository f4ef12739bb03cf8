import { boundedText } from '../../lib/bounded-text.ts';
import { describeError } from '../../lib/errors.ts';
import { neverByProxy } from '../../lib/proxies.ts';
import { unreadable } from './unreadable.ts';

/** How to reach an etcd. */
export interface EtcdAccess {
  /** Base URLs of the members of one cluster, in order of preference; at least one. */
  readonly endpoints: readonly string[];
  /** The socket that every connection is made to instead, for an etcd that the importer started. */
  readonly unixSocket?: string;
  /** In PEM. Without `ca` the CAs of the system are trusted. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly user?: { readonly name: string; readonly password: string };
  /** Ends every request. */
  readonly signal?: AbortSignal;
}

export interface EtcdRequest {
  readonly method: 'GET' | 'POST';
  /** From the root, encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface EtcdAnswer {
  readonly status: number;
  /** Undefined when the body is no JSON. */
  readonly json: unknown;
}

/** An etcd gets this long for one answer, in milliseconds. Ten thousand hosts take it less than a second. */
const deadlineMs = 60_000;

/** The most bytes of one answer: the tree of about 100,000 hosts with their sealed keys. */
const mostBytes = 512 * 1024 * 1024;

/** Sends requests to the first member that answers, and stays with it. */
export class EtcdClient {
  readonly access: EtcdAccess;
  #preferred = 0;

  constructor(access: EtcdAccess) {
    this.access = access;
  }

  /** @throws AppError `etcd_unreadable` when no member answers, with the reason of each; the reason of the signal */
  async request(request: EtcdRequest): Promise<EtcdAnswer> {
    const { endpoints } = this.access;
    const failures: string[] = [];
    for (let tried = 0; tried < endpoints.length; tried += 1) {
      const index = (this.#preferred + tried) % endpoints.length;
      const endpoint = endpoints[index] ?? '';
      try {
        const answer = await this.#send(endpoint, request);
        this.#preferred = index;
        return answer;
      } catch (error) {
        this.access.signal?.throwIfAborted();
        failures.push(`${endpoint}: ${describeError(error)}`);
      }
    }
    throw unreadable(
      `no etcd answers: ${failures.join('; ')}`,
      'name its client URLs with --endpoint, with --cacert, --cert and --key for TLS; for an etcd that no longer runs, give its data directory with --data-dir-of-etcd',
    );
  }

  async #send(endpoint: string, { method, path, headers = {}, body }: EtcdRequest): Promise<EtcdAnswer> {
    const { unixSocket, tls, signal } = this.access;
    const url = `${endpoint.replace(/\/+$/, '')}${path}`;
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(unixSocket === undefined ? {} : { unix: unixSocket }),
      ...(tls === undefined ? {} : { tls }),
      ...neverByProxy(url),
      signal: AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal === undefined ? [] : [signal])]),
    });
    return { status: response.status, json: jsonOf(await boundedText(response, mostBytes)) };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
