import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../lib/errors.ts';
import type { HostKeys } from '../ssh/host-keys.ts';
import type { Transaction } from '../store/contract.ts';
import { clusterRecords, credentialRecords, healthRecords, hostRecords, membershipRecords } from './collections.ts';
import { type Credentials, defaultPort, defaultUser } from './credentials.ts';
import { declaredOf, emptyHost, type Host, healthOf } from './host.ts';
import { changeName, checkAddressIsNoName } from './host-names.ts';
import { hostEntry } from './known-hosts.ts';
import type { Labels } from './labels.ts';
import { Roster } from './membership.ts';
import { proxyJump, withProxyJump } from './proxy-jump.ts';
import { indexIdentities } from './same-machine.ts';

export interface NewHost {
  /** Canonical address. */
  address: string;
  ssh_priv_key: string;
  remote_user?: string;
  port?: number;
  /** Hosts of the inventory that connections go through. */
  proxy_jump?: string | string[];
  /** The cluster that it joins at once, before it is bootstrapped. */
  cluster?: string;
  /** `SHA256:…` that the machine must show; without it the first key is pinned. */
  host_key?: string;
  labels?: Labels;
  /** Besides its address. */
  name?: string;
}

/** A host that a registration found in the inventory already, and did not change. */
export interface KnownHost {
  host: Host;
  /** The members of the request that the host has otherwise. */
  differs: string[];
}

/** Throws to refuse a new host. Its writes are part of the transaction. */
export type Admit = (tx: Transaction, address: string) => Promise<void>;

/**
 * The stored host when the request describes it; undefined when there is none. Only the members that the request gives
 * are compared, and of labels only those.
 *
 * @throws AppError `cluster_unknown`, `credentials_differ`, `host_not_in_cluster`
 */
export async function sameHost(
  tx: Transaction,
  hostKeys: HostKeys,
  request: NewHost & { labels: Labels },
): Promise<KnownHost | undefined> {
  const { address, cluster } = request;
  if (cluster !== undefined && (await tx.get(clusterRecords, cluster)) === undefined) throw clusterUnknown(cluster);
  const host = (await hostEntry(tx, address))?.value;
  const credentials = (await tx.get(credentialRecords, address))?.value;
  if (host === undefined || credentials === undefined) return undefined;
  if (credentials.ssh_priv_key !== request.ssh_priv_key) throw credentialsDiffer(address);
  const member = (await tx.get(membershipRecords, address))?.value.cluster;
  if (cluster === undefined || member === cluster) {
    const pinned = (await hostKeys.entry(tx, address))?.value.fingerprint;
    return { host, differs: differences(request, { host, credentials, pinned }) };
  }
  throw new AppError('host_not_in_cluster', `${address} exists already, outside the cluster ${cluster}`, {
    hint: `add it with \`commctl host join ${address} ${cluster}\``,
  });
}

interface Known {
  host: Host;
  credentials: Credentials;
  pinned: string | undefined;
}

function differences(request: NewHost & { labels: Labels }, { host, credentials, pinned }: Known): string[] {
  const { remote_user, port, proxy_jump, host_key, name, labels } = request;
  const differs = {
    remote_user: remote_user !== undefined && remote_user !== credentials.remote_user,
    port: port !== undefined && port !== credentials.port,
    proxy_jump:
      proxy_jump !== undefined && !isDeepStrictEqual(proxyJump(proxy_jump), proxyJump(credentials.proxy_jump)),
    host_key: host_key !== undefined && host_key !== pinned,
    name: name !== undefined && name !== host.name,
    labels: Object.entries(labels).some(([key, value]) => host.labels[key] !== value),
  };
  return Object.entries(differs).flatMap(([member, isOther]) => (isOther ? [member] : []));
}

/**
 * Adds a host to the inventory; it is to be investigated.
 *
 * @throws AppError `name_taken`, `invalid_name`
 */
export async function registerHost(
  tx: Transaction,
  hostKeys: HostKeys,
  request: NewHost & { labels: Labels },
): Promise<Host> {
  const { address, labels, name } = request;
  const named = name === undefined ? {} : { name };
  const host: Host = { ...emptyHost(address), status: 'investigating', labels, ...named };
  await saveHost(tx, hostKeys, host, request);
  tx.emit({ type: 'host', action: 'created', key: host.address, data: { status: host.status } });
  return host;
}

/**
 * Makes a host a member of the cluster that the request names.
 *
 * @param change a time-ordered id
 * @throws AppError `cluster_unknown`, `host_in_other_cluster`
 */
export async function joinAtOnce(tx: Transaction, { address, cluster: name }: NewHost, change: string): Promise<void> {
  if (name === undefined) return;
  const cluster = (await tx.get(clusterRecords, name))?.value;
  if (cluster === undefined) throw clusterUnknown(name);
  await new Roster(tx, cluster, change).enlist(address);
}

/** Writes the given host and its credentials. @throws AppError `name_taken`, `invalid_name` */
export async function saveHost(tx: Transaction, hostKeys: HostKeys, host: Host, request: NewHost): Promise<void> {
  const { address, ssh_priv_key, remote_user = defaultUser, port = defaultPort, proxy_jump = [], host_key } = request;
  const before = (await hostEntry(tx, address))?.value;
  if (before === undefined) await checkAddressIsNoName(tx, address);
  await changeName(tx, address, host.name, before?.name);
  indexIdentities(tx, address, { before: before?.facts ?? {}, after: host.facts });
  tx.put(hostRecords, address, declaredOf(host));
  const health = healthOf(host);
  if (isDeepStrictEqual(health, healthOf(emptyHost(address)))) tx.delete(healthRecords, address);
  else tx.put(healthRecords, address, health);
  tx.put(credentialRecords, address, withProxyJump({ address, ssh_priv_key, remote_user, port, proxy_jump }));
  if (host_key !== undefined) hostKeys.expect(tx, address, host_key);
}

function clusterUnknown(cluster: string): AppError {
  return new AppError('cluster_unknown', `there is no cluster ${cluster}`, {
    hint: `create it first with \`commctl cluster create ${cluster}\``,
  });
}

function credentialsDiffer(address: string): AppError {
  return new AppError('credentials_differ', `${address} exists already, with another private key`, {
    hint: `change its credentials with \`commctl host creds ${address} KEY_FILE\``,
  });
}
