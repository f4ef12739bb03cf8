import { isIP } from 'node:net';
import type { Credentials } from '../inventory/credentials.ts';
import type { Host } from '../inventory/host.ts';
import type { LabelChange, Labels } from '../inventory/labels.ts';
import { canonicalAddress } from '../lib/addresses.ts';
import { type ChangeOptions, changing, type Patch, type TakingOptions, taking } from './change.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import type { HostCheck, HostKey, HostStatus, HostView } from './records.ts';
import type { Transport } from './transport.ts';
import type { Waiter } from './wait-for.ts';

export interface NewHost {
  /** The private key file, in base64. */
  ssh_priv_key: string;
  cluster?: string | undefined;
  remote_user?: string | undefined;
  port?: number | undefined;
  /** Addresses of jump hosts, comma-separated. */
  proxy_jump?: string | undefined;
  /** `SHA256:…` of the required host key; without it the first key that the host shows is pinned. */
  host_key?: string | undefined;
  labels?: Labels | undefined;
  /** A name that stands for the address. */
  name?: string | undefined;
}

export interface HostQuery extends ListQuery {
  /** Only the hosts of this expression, in its order: see docs/targets.md. */
  target?: string | undefined;
}

/** The members of a host that can be changed; null takes one away. */
export interface HostChange {
  name?: string | null;
}

/** The members to change; the others stay unchanged. */
export type CredentialsChange = { [Member in Exclude<keyof Credentials, 'address'>]?: Credentials[Member] | undefined };

/** The routes of hosts. Addresses are sent as given; the name of a host can stand for its address. */
export function hosts(transport: Transport, waiter: Waiter) {
  return {
    list: (signal?: AbortSignal) => transport.list<Host>({ method: 'GET', path: path`/hosts`, signal }),

    /** The hosts that match a query, and their number. */
    page: (query: HostQuery, signal?: AbortSignal) => page<Host>(transport, path`/hosts`, query, signal),

    get: (address: string, signal?: AbortSignal) =>
      transport.object<HostView>({ method: 'GET', path: path`/host/${address}`, signal }),

    /** `existing` in the answer says that the host was there already, and what of the request it has otherwise. */
    create: (address: string, body: NewHost, options?: AbortSignal | ChangeOptions) =>
      transport.object<HostView>({
        method: 'PUT',
        path: path`/host/${address}`,
        query: { details: 'true' },
        body,
        ...changing(options),
      }),

    /** Stores the record as given, status and facts included, and starts no investigation. */
    importRecord: (
      address: string,
      body: NewHost & Partial<Omit<Host, 'address'>>,
      options?: AbortSignal | ChangeOptions,
    ) =>
      transport.object<Host>({
        method: 'PUT',
        path: path`/host/${address}`,
        query: { import: 'true' },
        body,
        ...changing(options),
      }),

    /** What `create` would do, or its refusal. Changes nothing, so it is sent in a dry run, too. */
    check: (address: string, body: NewHost, signal?: AbortSignal) =>
      transport.object<HostCheck>({ method: 'POST', path: path`/host/${address}/check`, body, isRead: true, signal }),

    /** Gives the host another name; null takes its name away. */
    change: (address: string, body: Patch<HostChange>, options?: AbortSignal | ChangeOptions) =>
      transport.object<HostView>({
        method: 'PATCH',
        path: path`/host/${address}`,
        body,
        idempotent: true,
        ...changing(options),
      }),

    /** Registers a host. Without an address, it is the address that the server sees the request come from. */
    register: (body: NewHost & { address?: string | undefined }, options?: AbortSignal | ChangeOptions) =>
      transport.object<HostView>({ method: 'PUT', path: path`/host`, body, ...changing(options) }),

    /** 409 `operation_running` while an operation works on it. */
    delete: (address: string, options?: AbortSignal | TakingOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/host/${address}`, ...taking(options) }),

    status: (address: string, signal?: AbortSignal) =>
      transport.object<HostStatus>({ method: 'GET', path: path`/host/${address}/status`, signal }),

    labels: (address: string, signal?: AbortSignal) =>
      transport.object<Labels>({ method: 'GET', path: path`/host/${address}/labels`, signal }),

    replaceLabels: (address: string, body: Labels, options?: AbortSignal | ChangeOptions) =>
      transport.object<Labels>({ method: 'PUT', path: path`/host/${address}/labels`, body, ...changing(options) }),

    /** Sets the given labels and removes those that are null. */
    changeLabels: (address: string, body: Patch<LabelChange>, options?: AbortSignal | ChangeOptions) =>
      transport.object<Labels>({
        method: 'PATCH',
        path: path`/host/${address}/labels`,
        body,
        idempotent: true,
        ...changing(options),
      }),

    /** The credentials of the host, with the private key. The server records an event for this call. */
    credentials: (address: string, signal?: AbortSignal) =>
      transport.object<Credentials>({ method: 'GET', path: path`/host/${address}/creds`, signal }),

    setCredentials: (address: string, body: CredentialsChange, options?: AbortSignal | ChangeOptions) =>
      transport.object<Credentials>({ method: 'PUT', path: path`/host/${address}/creds`, body, ...changing(options) }),

    hostKey: (address: string, signal?: AbortSignal) =>
      transport.object<HostKey>({ method: 'GET', path: path`/host/${address}/hostkey`, signal }),

    acceptHostKey: (address: string, fingerprint: string, options?: AbortSignal | ChangeOptions) =>
      transport.object<HostKey>({
        method: 'PUT',
        path: path`/host/${address}/hostkey`,
        body: { fingerprint },
        ...changing(options),
      }),

    /**
     * Resolves with the host once the predicate holds. It is read now, and after each event about it.
     *
     * @throws ProblemError when there is no such host, the reason of the signal, NoServerError
     */
    waitFor: async (address: string, predicate: (host: Host) => boolean, signal?: AbortSignal): Promise<Host> => {
      const read = () => transport.object<Host>({ method: 'GET', path: path`/host/${address}`, signal });
      // Events have the address of the host, also where a name was given.
      const key = isIP(address) === 0 ? keyOf((await read()).address) : keyOf(address);
      return waiter.waitFor({ filter: [`host.*.${key}`], read }, predicate, signal);
    },
  };
}

/** Events have the canonical address. The server refuses a text that is no address. */
function keyOf(address: string): string {
  try {
    return canonicalAddress(address);
  } catch {
    return address;
  }
}
