import type { CachingStore } from '../store/cached.ts';
import type { Entry, Reader } from '../store/contract.ts';
import { healthRecords, hostRecords } from './collections.ts';
import { type Host, type HostHealth, hostOf, type StoredHost } from './host.ts';

/** The declared and the measured part of a host, as one entry. Undefined when there is no such host. */
export async function hostEntry(reader: Pick<Reader, 'get'>, address: string): Promise<Entry<Host> | undefined> {
  const stored = await reader.get(hostRecords, address);
  if (stored === undefined) return undefined;
  const health = await reader.get(healthRecords, address);
  // Revisions only grow, so the greater of the two changes with either.
  const revision = Math.max(stored.revision, health?.revision ?? 0);
  return { key: address, value: hostOf(stored.value, health?.value), revision };
}

interface Joined {
  health: HostHealth | undefined;
  host: Host;
}

/**
 * Every host with its measured facts. The store keeps both collections in memory; the joined hosts are kept too until
 * one of them changes.
 */
export class KnownHosts {
  readonly #store: CachingStore;
  readonly #joined = new WeakMap<StoredHost, Joined>();
  #declared: readonly Entry<StoredHost>[] = [];
  #measured: readonly Entry<HostHealth>[] = [];
  #hosts: readonly Host[] = [];

  constructor(store: CachingStore) {
    this.#store = store;
  }

  /** In the order of their keys. Callers share the hosts, which are frozen. */
  async all(): Promise<readonly Host[]> {
    const declared = await this.#store.all(hostRecords);
    const measured = await this.#store.all(healthRecords);
    if (declared !== this.#declared || measured !== this.#measured) this.#join(declared, measured);
    return this.#hosts;
  }

  /** Both lists are in the order of their keys. */
  #join(declared: readonly Entry<StoredHost>[], measured: readonly Entry<HostHealth>[]): void {
    let at = 0;
    this.#hosts = declared.map(({ key, value }) => {
      // Facts of a host that was deleted between the two reads are skipped. Addresses are ASCII, so any comparison has
      // the same order.
      for (let next = measured[at]; next !== undefined && next.key < key; next = measured[at]) at += 1;
      const health = measured[at];
      return this.#hostOf(value, health?.key === key ? health.value : undefined);
    });
    this.#declared = declared;
    this.#measured = measured;
  }

  #hostOf(stored: StoredHost, health: HostHealth | undefined): Host {
    const known = this.#joined.get(stored);
    if (known !== undefined && known.health === health) return known.host;
    const host = Object.freeze(hostOf(stored, health));
    this.#joined.set(stored, { health, host });
    return host;
  }
}
