import type { CachingStore } from '../store/cached.ts';

import { hostRecords, membershipRecords } from './collections.ts';

/** In which cluster the hosts are, for those who only look. */
export class Memberships {
  readonly #store: CachingStore;

  constructor(store: CachingStore) {
    this.#store = store;
  }

  /** Undefined for a host in none, and for one that is not there. */
  async clusterOf(address: string): Promise<string | undefined> {
    return (await this.#store.get(membershipRecords, address))?.value.cluster;
  }

  /** Of every host of the inventory the cluster it is in. */
  async everywhere(): Promise<ReadonlyMap<string, string | undefined>> {
    const members = await this.#store.all(membershipRecords);
    const clusters = new Map(members.map(({ key, value }) => [key, value.cluster]));
    const hosts = await this.#store.all(hostRecords);
    return new Map(hosts.map(({ key }) => [key, clusters.get(key)]));
  }
}
