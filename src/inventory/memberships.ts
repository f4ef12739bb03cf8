import type { CachingStore } from '../store/cached.ts';

import { hostRecords, membershipRecords } from './collections.ts';

/** The cluster of each host, for rooms that only read it. */
export class Memberships {
  readonly #store: CachingStore;

  constructor(store: CachingStore) {
    this.#store = store;
  }

  /** Undefined for a host that is not a member of a cluster, or does not exist. */
  async clusterOf(address: string): Promise<string | undefined> {
    return (await this.#store.get(membershipRecords, address))?.value.cluster;
  }

  /** The cluster of every host of the inventory. */
  async everywhere(): Promise<ReadonlyMap<string, string | undefined>> {
    const members = await this.#store.all(membershipRecords);
    const clusters = new Map(members.map(({ key, value }) => [key, value.cluster]));
    const hosts = await this.#store.all(hostRecords);
    return new Map(hosts.map(({ key }) => [key, clusters.get(key)]));
  }
}
