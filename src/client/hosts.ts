import type { Credentials } from '../inventory/credentials.ts';
import type { Host } from '../inventory/host.ts';
import type { LabelChange, Labels } from '../inventory/labels.ts';
import { path } from './path.ts';
import type { HostKey, HostStatus } from './records.ts';
import type { Transport } from './transport.ts';

export interface NewHost {
  /** The private key file, base64. */
  ssh_priv_key: string;
  cluster?: string | undefined;
  remote_user?: string | undefined;
  port?: number | undefined;
  /** Addresses of jump hosts, comma-separated. */
  proxy_jump?: string | undefined;
  /** `SHA256:…` that the host must show; without it the first key it shows is pinned. */
  host_key?: string | undefined;
  labels?: Labels | undefined;
}

/** The members to change; the others stay. */
export type CredentialsChange = { [Member in Exclude<keyof Credentials, 'address'>]?: Credentials[Member] | undefined };

/** The routes of hosts. Addresses go out as they are given. */
export function hosts(transport: Transport) {
  return {
    list: (signal?: AbortSignal) => transport.list<Host>({ method: 'GET', path: path`/hosts`, signal }),

    /** The hosts of a target expression, in its order. */
    select: (target: string, signal?: AbortSignal) =>
      transport.list<Host>({ method: 'GET', path: path`/hosts`, query: { target }, signal }),

    get: (address: string, signal?: AbortSignal) =>
      transport.object<Host>({ method: 'GET', path: path`/host/${address}`, signal }),

    create: (address: string, body: NewHost, signal?: AbortSignal) =>
      transport.object<Host>({ method: 'PUT', path: path`/host/${address}`, body, signal }),

    delete: (address: string, signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/host/${address}`, signal }),

    status: (address: string, signal?: AbortSignal) =>
      transport.object<HostStatus>({ method: 'GET', path: path`/host/${address}/status`, signal }),

    labels: (address: string, signal?: AbortSignal) =>
      transport.object<Labels>({ method: 'GET', path: path`/host/${address}/labels`, signal }),

    replaceLabels: (address: string, body: Labels, signal?: AbortSignal) =>
      transport.object<Labels>({ method: 'PUT', path: path`/host/${address}/labels`, body, signal }),

    /** Sets the labels given and removes those that are null. */
    changeLabels: (address: string, body: LabelChange, signal?: AbortSignal) =>
      transport.object<Labels>({ method: 'PATCH', path: path`/host/${address}/labels`, body, signal }),

    setCredentials: (address: string, body: CredentialsChange, signal?: AbortSignal) =>
      transport.object<Credentials>({ method: 'PUT', path: path`/host/${address}/creds`, body, signal }),

    hostKey: (address: string, signal?: AbortSignal) =>
      transport.object<HostKey>({ method: 'GET', path: path`/host/${address}/hostkey`, signal }),

    acceptHostKey: (address: string, fingerprint: string, signal?: AbortSignal) =>
      transport.object<HostKey>({ method: 'PUT', path: path`/host/${address}/hostkey`, body: { fingerprint }, signal }),
  };
}
