import { isDeepStrictEqual } from 'node:util';
import type { Migration } from '../store/catalogue.ts';
import type { Entry, Transaction } from '../store/contract.ts';
import { type Cluster, type StoredCluster, summaryOf } from './cluster.ts';
import { clusterRecords, healthRecords, hostRecords, memberRecords, membershipRecords } from './collections.ts';
import { declaredOf, emptyHost, type Host, type HostHealth, healthOf } from './host.ts';
import { memberKey, placeIn } from './members.ts';
import { indexIdentities } from './same-machine.ts';

/**
 * Earlier builds stored the measured facts in the record of the host. The first builds had no error, facts and labels.
 */
export const hostMigrations: readonly Migration[] = [
  {
    to: 2,
    what: 'every host has all of its members, and what was measured in a record of its own',
    keys: 3,
    async change(tx, { key: address, value }: Entry<Partial<Host>>) {
      const empty = emptyHost(address);
      const host = { ...empty, ...value };
      tx.put(hostRecords, address, declaredOf(host));
      const health = healthOf(host);
      if (isDeepStrictEqual(health, healthOf(empty))) return;
      // An existing record is newer.
      if ((await tx.get(healthRecords, address)) === undefined) tx.put(healthRecords, address, health);
    },
  },
];

/** Earlier builds had no index of the identities of machines. */
export const healthMigrations: readonly Migration[] = [
  {
    to: 2,
    what: 'hosts are found by the host key and the machine id of their machine',
    keys: 3,
    async change(tx, { key: address, value: { facts } }: Entry<HostHealth>) {
      indexIdentities(tx, address, { before: {}, after: facts });
    },
  },
];

/** Sorts before every id of a change. */
const firstChange = '0';

/**
 * Earlier builds stored the members of a cluster in its record, in the order they joined. The migration gives them rows
 * of their own in the same order, and then removes them from the record.
 */
export function clusterMigrations(): readonly Migration[] {
  // Cached for one transaction: a record may have very many members, and is read once for all that are moved together.
  const read = new WeakMap<Transaction, Map<string, ReadonlyMap<string, number>>>();
  const placesIn = async (tx: Transaction, cluster: string) => {
    const known = read.get(tx) ?? new Map<string, ReadonlyMap<string, number>>();
    read.set(tx, known);
    const { hostset = [] }: Partial<Cluster> = (await tx.get(clusterRecords, cluster))?.value ?? {};
    const places = new Map(hostset.map((address, index) => [address, index]));
    known.set(cluster, places);
    return places;
  };
  return [
    {
      to: 2,
      what: 'every member of a cluster has a row of its own',
      over: membershipRecords,
      keys: 3,
      async change(tx, { key: address, value: { cluster } }: Entry<{ cluster: string }>) {
        const places = read.get(tx)?.get(cluster) ?? (await placesIn(tx, cluster));
        const key = memberKey(cluster, address);
        // An existing row is newer.
        if ((await tx.get(memberRecords, key)) !== undefined) return;
        tx.put(memberRecords, key, { joined: placeIn(firstChange, places.get(address) ?? places.size) });
      },
    },
    {
      to: 3,
      what: 'no cluster has its members in its record',
      keys: 1,
      change: (tx, { key, value }: Entry<StoredCluster>) => tx.put(clusterRecords, key, summaryOf(value)),
    },
  ];
}
