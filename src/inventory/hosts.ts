import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../lib/errors.ts';
import { checkedHostName } from '../lib/host-name.ts';
import type { IdSource } from '../lib/ids.ts';
import { type Selected, type Selection, select, type Visible } from '../lib/selection.ts';
import { shortened } from '../lib/shortened.ts';
import type { HostKeys, PinnedHostKey } from '../ssh/host-keys.ts';
import { parsePrivateKey } from '../ssh/private-key.ts';
import type { Target } from '../ssh/session.ts';
import type { CachingStore } from '../store/cached.ts';
import type { Entry, Reader, Transaction } from '../store/contract.ts';
import { always, type Precondition } from '../store/precondition.ts';
import { pageByKeys } from '../store/select-records.ts';
import {
  clusterRecords,
  credentialRecords,
  healthRecords,
  hostRecords,
  membershipRecords,
  rosterRecords,
} from './collections.ts';
import { type Credentials, defaultPort, defaultUser } from './credentials.ts';
import { declaredOf, type Host, healthOf, hostOf, isSuitable, longestError, type StoredHost } from './host.ts';
import { addressOf, changeName, releaseName } from './host-names.ts';
import {
  type Admit,
  joinAtOnce,
  type KnownHost,
  type NewHost,
  registerHost,
  sameHost,
  saveHost,
} from './host-registration.ts';
import { JumpHosts } from './jump-hosts.ts';
import { hostEntry, KnownHosts } from './known-hosts.ts';
import { changedLabels, type Labels } from './labels.ts';
import { hostNotFound, Roster } from './membership.ts';
import { proxyJump, targetThrough, withProxyJump } from './proxy-jump.ts';
import { type Identities, indexIdentities, type SameMachine, sameMachineAs } from './same-machine.ts';
import { whateverRuns } from './taking-away.ts';

/** The hosts of the inventory and their credentials. */
export class Hosts implements Disposable {
  readonly #store: CachingStore;
  readonly #hostKeys: HostKeys;
  readonly #newId: IdSource;
  readonly #known: KnownHosts;
  readonly #jumpHosts: JumpHosts;

  constructor(store: CachingStore, hostKeys: HostKeys, newId: IdSource) {
    this.#store = store;
    this.#hostKeys = hostKeys;
    this.#newId = newId;
    this.#known = new KnownHosts(store);
    this.#jumpHosts = new JumpHosts(store);
  }

  [Symbol.dispose](): void {
    this.#jumpHosts[Symbol.dispose]();
  }

  /** A page of all hosts is read by its keys; other selections use the records in memory. */
  async select(selection: Selection, isVisible?: Visible<Host>): Promise<Selected<Host>> {
    const page = isVisible === undefined ? pageByKeys(selection) : undefined;
    if (page === undefined) return select(await this.#known.all(), selection, isVisible);
    const entries = this.#store.list(hostRecords, page);
    const records = await Array.fromAsync(entries, async ({ key, value }) =>
      hostOf(value, (await this.#store.get(healthRecords, key))?.value),
    );
    return { records, total: await this.#store.count(hostRecords) };
  }

  /**
   * Selects from the hosts that `pick` returns, in its order unless the selection asks for another. @throws what `pick`
   * throws
   */
  async selectFrom(
    pick: (reader: Reader) => Promise<readonly string[]>,
    selection: Selection,
    isVisible?: Visible<Host>,
  ): Promise<Selected<Host>> {
    const found = await Promise.all((await pick(this.#store)).map((address) => hostEntry(this.#store, address)));
    return select(
      found.flatMap((entry) => (entry === undefined ? [] : [entry.value])),
      selection,
      isVisible,
    );
  }

  /** The revision of the last change to the hosts, their measured facts, and the clusters that a target may name. */
  revision(): Promise<number> {
    return this.#store.revisionOf(hostRecords, healthRecords, clusterRecords, rosterRecords);
  }

  /** @throws AppError `host_not_found` */
  async get(address: string): Promise<Host> {
    return (await this.entry(address)).value;
  }

  async has(address: string): Promise<boolean> {
    return (await this.#store.get(hostRecords, address)) !== undefined;
  }

  /**
   * The address of the host with this name; any other text stays as it is.
   *
   * @param text an address in its canonical spelling, which names have too
   */
  addressOf(text: string): Promise<string> {
    return addressOf(this.#store, text);
  }

  /** The other hosts whose machine has the same host key, or the same machine id. */
  async sameMachine(address: string, identities: Identities): Promise<SameMachine[]> {
    return sameMachineAs(this.#store, address, identities);
  }

  /** The host with its revision. @throws AppError `host_not_found` */
  async entry(address: string): Promise<Entry<Host>> {
    const entry = await hostEntry(this.#store, address);
    if (entry === undefined) throw hostNotFound(address);
    return entry;
  }

  /** Replaces the labels. @throws AppError `host_not_found`, `invalid_member` */
  async replaceLabels(address: string, labels: Labels, check = always): Promise<Labels> {
    return this.#label(address, () => changedLabels({}, labels), check);
  }

  /** Replaces the labels by what `change` returns. @throws AppError as `replaceLabels`, and what `change` throws */
  async changeLabels(address: string, change: (labels: Labels) => Labels, check = always): Promise<Labels> {
    return this.#label(address, (labels) => changedLabels({}, change(labels)), check);
  }

  /**
   * Changes the name of a host by what `change` returns; undefined stands for none. An unchanged name is not written and
   * emits no event.
   *
   * @throws AppError `host_not_found`, `invalid_name`, `name_taken`, and what `change` throws
   */
  async rename(address: string, change: (host: Host) => string | undefined, check = always): Promise<Host> {
    return this.#store.transact(async (tx) => {
      const entry = await hostEntry(tx, address);
      check(entry?.revision);
      const stored = (await tx.get(hostRecords, address))?.value;
      if (entry === undefined || stored === undefined) throw hostNotFound(address);
      const wanted = change(entry.value);
      const name = wanted === undefined ? undefined : checkedHostName(wanted);
      const { name: before, ...host } = entry.value;
      if (name === before) return entry.value;
      await changeName(tx, address, name, before);
      const { name: _, ...declared } = stored;
      const named = name === undefined ? {} : { name };
      tx.put(hostRecords, address, { ...declared, ...named });
      tx.emit({ type: 'host', action: 'renamed', key: address, data: { name: name ?? '' } });
      return { ...host, ...named };
    });
  }

  /**
   * Registers a host; the `host.created` event starts its investigation. Repeating the request with the same key and
   * cluster changes nothing (contract H3), not even labels; then `differs` says what the host has otherwise.
   *
   * @param admit checks a new host in the transaction that creates it
   * @throws AppError `cluster_unknown`, `credentials_differ`, `host_not_in_cluster`, `host_in_other_cluster`,
   *   `invalid_address`, `invalid_member`, `invalid_name`, `name_taken`, `key_unreadable`, `key_passphrase_protected`,
   *   and what `admit` throws
   */
  async create(request: NewHost, check = always, admit?: Admit): Promise<Created> {
    const checked = registrationOf(request);
    return this.#store.transact((tx) => this.#create(tx, checked, check, admit));
  }

  /** What `create` would answer. Changes nothing. @throws AppError as `create` */
  async checkCreate(request: NewHost, check = always): Promise<Created> {
    const checked = registrationOf(request);
    // The error ends the transaction without writing anything.
    class Checked extends Error {
      readonly created: Created;

      constructor(created: Created) {
        super('only checked');
        this.created = created;
      }
    }
    try {
      return await this.#store.transact(async (tx) => {
        throw new Checked(await this.#create(tx, checked, check));
      });
    } catch (error) {
      if (error instanceof Checked) return error.created;
      throw error;
    }
  }

  async #create(tx: Transaction, request: Registration, check: Precondition, admit?: Admit): Promise<Created> {
    check((await hostEntry(tx, request.address))?.revision);
    // The cluster and the key of the host that is there come before what the key is worth (contract H3).
    const known = await sameHost(tx, this.#hostKeys, request);
    if (known !== undefined) return known;
    if (request.ssh_priv_key !== '') parsePrivateKey(request.ssh_priv_key);
    await admit?.(tx, request.address);
    await joinAtOnce(tx, request, this.#newId());
    return { host: await registerHost(tx, this.#hostKeys, request) };
  }

  /**
   * Stores a record unchanged and starts no investigation, to import an inventory.
   *
   * @throws AppError `cluster_unknown`, `host_in_other_cluster`, `key_unreadable`, `key_passphrase_protected`,
   *   `invalid_member`, `invalid_name`, `name_taken`
   */
  async importRecord(record: Host, request: NewHost, check = always): Promise<Host> {
    const named = request.name === undefined ? {} : { name: checkedHostName(request.name) };
    const host = { ...record, labels: changedLabels({}, record.labels), ...named };
    return this.#store.transact(async (tx) => {
      check((await hostEntry(tx, host.address))?.revision);
      await joinAtOnce(tx, request, this.#newId());
      // After the cluster, as for a host that is registered (contract H3).
      if (request.ssh_priv_key !== '') parsePrivateKey(request.ssh_priv_key);
      await saveHost(tx, this.#hostKeys, host, request);
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

  /** Reads the credentials for a caller, and records who read them. */
  async disclose(address: string, by: string): Promise<Entry<Credentials>> {
    const credentials = await this.#credentialsEntry(address);
    await this.#store.transact(async (tx) =>
      tx.emit({ type: 'credentials', action: 'read', key: address, data: { by } }),
    );
    return credentials;
  }

  /**
   * Changes the given members and keeps the others. A host that is not usable yet is investigated again.
   *
   * @throws AppError `host_not_found`, `key_unreadable`, `key_passphrase_protected`
   */
  async setCredentials(
    address: string,
    change: Partial<Omit<Credentials, 'address'>>,
    check = always,
  ): Promise<Credentials> {
    return this.#store.transact(async (tx) => {
      const current = await tx.get(credentialRecords, address);
      check(current?.revision);
      if ((await tx.get(hostRecords, address)) === undefined) throw hostNotFound(address);
      if (change.ssh_priv_key !== undefined) parsePrivateKey(change.ssh_priv_key);
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

  /** The fingerprint that the machine showed; empty before the first connection. */
  async pinnedFingerprint(address: string): Promise<string> {
    return (await this.#hostKeys.pinned(address))?.fingerprint ?? '';
  }

  /**
   * Pins another host key on the word of an operator. A host that is not usable yet is investigated again.
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

  /**
   * Removes the host, its credentials, its pinned key and its membership.
   *
   * @throws AppError `host_not_found`, and what `checkWork` throws
   */
  async delete(address: string, check = always, checkWork = whateverRuns): Promise<void> {
    await this.#store.transact(async (tx) => {
      const stored = await hostEntry(tx, address);
      check(stored?.revision);
      if (stored === undefined) throw hostNotFound(address);
      await checkWork(tx, { attempt: `delete the host ${address}`, hosts: [address] });
      tx.delete(hostRecords, address);
      tx.delete(healthRecords, address);
      tx.delete(credentialRecords, address);
      this.#hostKeys.forget(tx, address);
      releaseName(tx, stored.value.name);
      indexIdentities(tx, address, { before: stored.value.facts, after: {} });
      tx.emit({ type: 'host', action: 'deleted', key: address });
      const name = (await tx.get(membershipRecords, address))?.value.cluster;
      const cluster = name === undefined ? undefined : (await tx.get(clusterRecords, name))?.value;
      if (cluster !== undefined) await new Roster(tx, cluster, this.#newId()).strike(address);
    });
  }

  /**
   * Changes the record of a host. Returns undefined, and changes nothing, when the host has left the inventory. A check
   * that finds the host unchanged is stored without an event. A long error is shortened in the middle, because machines
   * and managers write part of it.
   */
  async update(address: string, change: Partial<Omit<Host, 'address' | 'name'>>): Promise<Host | undefined> {
    let isIdentified = false;
    const updated = await this.#store.transact(async (tx) => {
      const stored = (await tx.get(hostRecords, address))?.value;
      if (stored === undefined) return undefined;
      const host = hostOf(stored, (await tx.get(healthRecords, address))?.value);
      const { error = host.error } = change;
      const changed = { ...host, ...change, error: shortened(error, longestError) };
      writeChange(tx, stored, host, changed);
      isIdentified = indexIdentities(tx, address, { before: host.facts, after: changed.facts });
      return changed;
    });
    if (updated !== undefined && isIdentified) await this.#sayIfSameMachine(updated);
    return updated;
  }

  /**
   * The machine and its jump hosts, as the SSH room needs them.
   *
   * @throws AppError `host_not_found`, `credentials_not_found`, also of a jump host; `invalid_member` when they lead
   *   back to the machine
   */
  async target(address: string): Promise<Target> {
    return targetThrough(address, async (each) => {
      await this.get(each);
      return this.credentials(each);
    });
  }

  /** The addresses of the jump hosts of each host that has some, in the order of the way. */
  jumpHosts(addresses: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#jumpHosts.of(addresses);
  }

  /**
   * After the identity was written, so that of two hosts that are investigated at the same time one finds the other. The
   * event does not name the other hosts: who may see this one need not see them.
   */
  async #sayIfSameMachine({ address, facts }: Host): Promise<void> {
    const others = await this.sameMachine(address, facts);
    if (others.length === 0) return;
    const by = [...new Set(others.flatMap((other) => other.by))].toSorted();
    await this.#store.transact(async (tx) => {
      tx.emit({ type: 'host', action: 'same_machine', key: address, data: { by, hosts: others.length } });
    });
  }

  /** Unchanged labels are not written and emit no event. */
  async #label(address: string, change: (labels: Labels) => Labels, check: Precondition): Promise<Labels> {
    return this.#store.transact(async (tx) => {
      check((await hostEntry(tx, address))?.revision);
      const stored = (await tx.get(hostRecords, address))?.value;
      if (stored === undefined) throw hostNotFound(address);
      const { labels: before } = hostOf(stored);
      const labels = change(before);
      if (isDeepStrictEqual(labels, before)) return labels;
      tx.put(hostRecords, address, { ...stored, labels });
      tx.emit({ type: 'host', action: 'labelled', key: address, data: { labels } });
      return labels;
    });
  }

  async #investigateAgain(tx: Transaction, address: string): Promise<void> {
    const host = (await tx.get(hostRecords, address))?.value;
    // A host whose investigation runs with the old credentials is investigated again afterwards.
    if (host === undefined || isSuitable(host)) return;
    tx.put(hostRecords, address, { ...host, status: 'investigating', error: '' });
    tx.emit({ type: 'host', action: 'updated', key: address, data: { status: 'investigating' } });
  }
}

/** The host that a registration made, or found. */
export type Created = { host: Host } | KnownHost;

type Registration = NewHost & { labels: Labels };

/** @throws AppError `invalid_address`, `invalid_member`, `invalid_name` */
function registrationOf(request: NewHost): Registration {
  const { name, ...others } = request;
  return {
    ...others,
    labels: changedLabels({}, request.labels ?? {}),
    ...(request.proxy_jump === undefined ? {} : { proxy_jump: proxyJump(request.proxy_jump) }),
    ...(name === undefined ? {} : { name: checkedHostName(name) }),
  };
}

/** Writes only the records that changed. A changed time of the last check alone emits no event. */
function writeChange(tx: Transaction, stored: StoredHost, host: Host, changed: Host): void {
  const { address, status } = changed;
  if (!isDeepStrictEqual(declaredOf(changed), declaredOf(host))) {
    tx.put(hostRecords, address, { ...stored, ...declaredOf(changed) });
  }
  if (!isDeepStrictEqual(healthOf(changed), healthOf(host))) tx.put(healthRecords, address, healthOf(changed));
  if (isDeepStrictEqual({ ...changed, last_check: host.last_check }, host)) return;
  tx.emit({ type: 'host', action: 'updated', key: address, data: { status } });
}
