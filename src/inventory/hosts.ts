import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../lib/errors.ts';
import { type Selected, type Selection, select, type Visible } from '../lib/selection.ts';
import { shortened } from '../lib/shortened.ts';
import type { HostKeys, PinnedHostKey } from '../ssh/host-keys.ts';
import { parsePrivateKey } from '../ssh/private-key.ts';
import type { Target } from '../ssh/session.ts';
import type { Entry, Reader, Store, Transaction } from '../store/contract.ts';
import { always, type Precondition } from '../store/precondition.ts';
import { selectRecords } from '../store/select-records.ts';
import { clusterRecords, credentialRecords, hostRecords, membershipRecords } from './collections.ts';
import { type Credentials, defaultPort, defaultUser } from './credentials.ts';
import { emptyHost, type Host, isSuitable, longestError, upToDate } from './host.ts';
import { changedLabels, type Labels } from './labels.ts';
import { enlist, hostNotFound, strike } from './membership.ts';
import { proxyJump, targetThrough, withProxyJump } from './proxy-jump.ts';

export interface NewHost {
  /** Canonical address. */
  address: string;
  ssh_priv_key: string;
  remote_user?: string;
  port?: number;
  /** Hosts of the inventory to go through. */
  proxy_jump?: string | string[];
  /** The cluster it joins at once, before it is bootstrapped. */
  cluster?: string;
  /** `SHA256:…` that the machine must show; without it the first key it shows is pinned. */
  host_key?: string;
  labels?: Labels;
}

/** Throws to refuse a host that is not there yet. Its writes are part of the transaction. */
export type Admit = (tx: Transaction, address: string) => Promise<void>;

/** The machines and how to log in to them. */
export class Hosts {
  readonly #store: Store;
  readonly #hostKeys: HostKeys;

  constructor(store: Store, hostKeys: HostKeys) {
    this.#store = store;
    this.#hostKeys = hostKeys;
  }

  async select(selection: Selection, isVisible?: Visible<Host>): Promise<Selected<Host>> {
    return selectRecords(this.#store, hostRecords, selection, upToDate, isVisible);
  }

  /**
   * Of the hosts that a look into the store picks those that a selection asks for, in the order it names them unless the
   * selection says otherwise. @throws what `pick` throws
   */
  async selectFrom(
    pick: (reader: Reader) => Promise<readonly string[]>,
    selection: Selection,
    isVisible?: Visible<Host>,
  ): Promise<Selected<Host>> {
    const entries = (await pick(this.#store)).map((address) => this.#store.get(hostRecords, address));
    const found = await Promise.all(entries);
    return select(
      found.flatMap((entry) => (entry === undefined ? [] : [upToDate(entry.value)])),
      selection,
      isVisible,
    );
  }

  /** Where the last change left the hosts, and the clusters a target may name. */
  revision(): number {
    return this.#store.revisionOf(hostRecords, clusterRecords);
  }

  /** @throws AppError `host_not_found` */
  async get(address: string): Promise<Host> {
    return (await this.entry(address)).value;
  }

  async has(address: string): Promise<boolean> {
    return (await this.#store.get(hostRecords, address)) !== undefined;
  }

  /** The host with its revision. @throws AppError `host_not_found` */
  async entry(address: string): Promise<Entry<Host>> {
    const entry = await this.#store.get(hostRecords, address);
    if (entry === undefined) throw hostNotFound(address);
    return { ...entry, value: upToDate(entry.value) };
  }

  /** Puts other labels in the place of those there are. @throws AppError `host_not_found`, `invalid_member` */
  async replaceLabels(address: string, labels: Labels, check = always): Promise<Labels> {
    return this.#label(address, () => changedLabels({}, labels), check);
  }

  /** Makes of the labels what `change` makes of them. @throws AppError as `replaceLabels`, and what `change` throws */
  async changeLabels(address: string, change: (labels: Labels) => Labels, check = always): Promise<Labels> {
    return this.#label(address, (labels) => changedLabels({}, change(labels)), check);
  }

  /**
   * Registers a host; its investigation follows from the `host.created` event. The same host again, with the same key
   * and cluster, changes nothing (contract H3), its labels neither.
   *
   * @param admit looks at a host that is new, in the transaction that makes it
   * @throws AppError `cluster_unknown`, `credentials_differ`, `host_not_in_cluster`, `host_in_other_cluster`,
   *   `invalid_address`, `invalid_member`, `key_unreadable`, `key_passphrase_protected`, and what `admit` throws
   */
  async create(request: NewHost, check = always, admit?: Admit): Promise<Host> {
    if (request.ssh_priv_key !== '') parsePrivateKey(request.ssh_priv_key);
    const labels = changedLabels({}, request.labels ?? {});
    const checked = { ...request, labels, proxy_jump: proxyJump(request.proxy_jump) };
    return this.#store.transact(async (tx) => {
      check((await tx.get(hostRecords, request.address))?.revision);
      const same = await this.#sameHost(tx, checked);
      if (same !== undefined) return same;
      await admit?.(tx, request.address);
      return this.#register(tx, checked);
    });
  }

  /**
   * Stores a record as it is given and starts nothing: for bringing an inventory over from elsewhere.
   *
   * @throws AppError `key_unreadable`, `key_passphrase_protected`, `cluster_unknown`, `host_in_other_cluster`,
   *   `invalid_member`
   */
  async importRecord(record: Host, request: NewHost, check = always): Promise<Host> {
    if (request.ssh_priv_key !== '') parsePrivateKey(request.ssh_priv_key);
    const host = { ...record, labels: changedLabels({}, record.labels) };
    return this.#store.transact(async (tx) => {
      check((await tx.get(hostRecords, host.address))?.revision);
      await this.#join(tx, request);
      this.#save(tx, host, request);
      tx.emit({ type: 'host', action: 'imported', key: host.address });
      return host;
    });
  }

  /** @throws AppError `credentials_not_found` */
  async credentials(address: string): Promise<Credentials> {
    return (await this.#credentialsEntry(address)).value;
  }

  async #credentialsEntry(address: string): Promise<Entry<Credentials>> {
    const found = await this.#store.get(credentialRecords, address);
    if (found !== undefined) return found;
    throw new AppError('credentials_not_found', `no credentials are stored for ${address}`, {
      hint: `set them with \`commctl host creds ${address} KEY_FILE\``,
    });
  }

  /** Reads the credentials for a person, and leaves a record of who did. */
  async disclose(address: string, by: string): Promise<Entry<Credentials>> {
    const credentials = await this.#credentialsEntry(address);
    await this.#store.transact(async (tx) =>
      tx.emit({ type: 'credentials', action: 'read', key: address, data: { by } }),
    );
    return credentials;
  }

  /**
   * Changes the members given and keeps the others. A host that is not usable yet is investigated again.
   *
   * @throws AppError `host_not_found`, `key_unreadable`, `key_passphrase_protected`
   */
  async setCredentials(
    address: string,
    change: Partial<Omit<Credentials, 'address'>>,
    check = always,
  ): Promise<Credentials> {
    if (change.ssh_priv_key !== undefined) parsePrivateKey(change.ssh_priv_key);
    return this.#store.transact(async (tx) => {
      const current = await tx.get(credentialRecords, address);
      check(current?.revision);
      if ((await tx.get(hostRecords, address)) === undefined) throw hostNotFound(address);
      const base = current?.value ?? { address, ssh_priv_key: '', remote_user: defaultUser, port: defaultPort };
      const changed = withProxyJump({ ...base, ...change });
      tx.put(credentialRecords, address, changed);
      tx.emit({ type: 'credentials', action: 'updated', key: address });
      await this.#investigateAgain(tx, address);
      return changed;
    });
  }

  /** @throws AppError `host_not_found`, `host_key_not_found` */
  async hostKey(address: string): Promise<Entry<PinnedHostKey>> {
    await this.get(address);
    const pinned = await this.#hostKeys.entry(this.#store, address);
    if (pinned !== undefined) return pinned;
    throw new AppError('host_key_not_found', `no host key is pinned for ${address}: nobody has connected to it yet`, {
      hint: `\`commctl exec host:${address} -- true\` connects to it`,
    });
  }

  /** The fingerprint the machine showed; empty when nobody has connected yet. */
  async pinnedFingerprint(address: string): Promise<string> {
    return (await this.#hostKeys.pinned(address))?.fingerprint ?? '';
  }

  /**
   * An operator's word that the machine's host key is now another. A host that is not usable yet is investigated again.
   *
   * @param fingerprint `SHA256:…`
   * @throws AppError `host_not_found`
   */
  async acceptHostKey(address: string, fingerprint: string, check = always): Promise<PinnedHostKey> {
    return this.#store.transact(async (tx) => {
      check((await this.#hostKeys.entry(tx, address))?.revision);
      if ((await tx.get(hostRecords, address)) === undefined) throw hostNotFound(address);
      const pinned = this.#hostKeys.expect(tx, address, fingerprint);
      await this.#investigateAgain(tx, address);
      return pinned;
    });
  }

  /** Removes the host, its credentials, its pinned key and its membership. @throws AppError `host_not_found` */
  async delete(address: string, check = always): Promise<void> {
    await this.#store.transact(async (tx) => {
      const stored = await tx.get(hostRecords, address);
      check(stored?.revision);
      if (stored === undefined) throw hostNotFound(address);
      tx.delete(hostRecords, address);
      tx.delete(credentialRecords, address);
      this.#hostKeys.forget(tx, address);
      tx.emit({ type: 'host', action: 'deleted', key: address });
      const name = (await tx.get(membershipRecords, address))?.value.cluster;
      const cluster = name === undefined ? undefined : (await tx.get(clusterRecords, name))?.value;
      if (cluster !== undefined) strike(tx, cluster, address);
    });
  }

  /**
   * Changes what is known of a host. Nothing happens, and undefined comes back, when it left the inventory meanwhile. Of a
   * long error the middle is left out: machines and managers have a say in it.
   */
  async update(address: string, change: Partial<Omit<Host, 'address'>>): Promise<Host | undefined> {
    return this.#store.transact(async (tx) => {
      const host = (await tx.get(hostRecords, address))?.value;
      if (host === undefined) return undefined;
      const { error = upToDate(host).error } = change;
      const changed = { ...upToDate(host), ...change, error: shortened(error, longestError) };
      tx.put(hostRecords, address, changed);
      tx.emit({ type: 'host', action: 'updated', key: address, data: { status: changed.status } });
      return changed;
    });
  }

  /**
   * How the SSH room reaches the machine, through its jump hosts.
   *
   * @throws AppError `host_not_found`, `credentials_not_found`, also of a jump host; `invalid_member` when they lead back
   *   to the machine
   */
  async target(address: string): Promise<Target> {
    return targetThrough(address, async (each) => {
      await this.get(each);
      return this.credentials(each);
    });
  }

  /** The stored host when the request describes it, undefined when there is none. */
  async #sameHost(tx: Transaction, request: NewHost): Promise<Host | undefined> {
    const { address, cluster } = request;
    if (cluster !== undefined && (await tx.get(clusterRecords, cluster)) === undefined) throw clusterUnknown(cluster);
    const host = (await tx.get(hostRecords, address))?.value;
    const credentials = (await tx.get(credentialRecords, address))?.value;
    if (host === undefined || credentials === undefined) return undefined;
    if (credentials.ssh_priv_key !== request.ssh_priv_key) throw credentialsDiffer(address);
    const member = (await tx.get(membershipRecords, address))?.value.cluster;
    if (cluster === undefined || member === cluster) return upToDate(host);
    throw new AppError('host_not_in_cluster', `${address} exists already, outside the cluster ${cluster}`, {
      hint: `add it with \`commctl host join ${address} ${cluster}\``,
    });
  }

  async #register(tx: Transaction, request: NewHost & { labels: Labels }): Promise<Host> {
    await this.#join(tx, request);
    const { address, labels } = request;
    const host: Host = { ...emptyHost(address), status: 'investigating', labels };
    this.#save(tx, host, request);
    tx.emit({ type: 'host', action: 'created', key: host.address, data: { status: host.status } });
    return host;
  }

  /** What would change nothing is not written, and nobody is told. */
  async #label(address: string, change: (labels: Labels) => Labels, check: Precondition): Promise<Labels> {
    return this.#store.transact(async (tx) => {
      const stored = await tx.get(hostRecords, address);
      check(stored?.revision);
      if (stored === undefined) throw hostNotFound(address);
      const host = upToDate(stored.value);
      const labels = change(host.labels);
      if (isDeepStrictEqual(labels, host.labels)) return labels;
      tx.put(hostRecords, address, { ...host, labels });
      tx.emit({ type: 'host', action: 'labelled', key: address, data: { labels } });
      return labels;
    });
  }

  async #join(tx: Transaction, { address, cluster: name }: NewHost): Promise<void> {
    if (name === undefined) return;
    const cluster = (await tx.get(clusterRecords, name))?.value;
    if (cluster === undefined) throw clusterUnknown(name);
    await enlist(tx, cluster, address);
  }

  #save(tx: Transaction, host: Host, request: NewHost): void {
    const { address, ssh_priv_key, remote_user = defaultUser, port = defaultPort, proxy_jump = [], host_key } = request;
    tx.put(hostRecords, address, host);
    tx.put(credentialRecords, address, withProxyJump({ address, ssh_priv_key, remote_user, port, proxy_jump }));
    if (host_key !== undefined) this.#hostKeys.expect(tx, address, host_key);
  }

  async #investigateAgain(tx: Transaction, address: string): Promise<void> {
    const host = (await tx.get(hostRecords, address))?.value;
    // One whose investigation is under way, with what was known before, gets another one after it.
    if (host === undefined || isSuitable(host)) return;
    tx.put(hostRecords, address, { ...host, status: 'investigating', error: '' });
    tx.emit({ type: 'host', action: 'updated', key: address, data: { status: 'investigating' } });
  }
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
