import { isDeepStrictEqual } from 'node:util';
import type { Entry } from '../store/contract.ts';
import type { Migration } from '../store/migration.ts';
import { healthRecords, hostRecords } from './collections.ts';
import { declaredOf, emptyHost, type Host, healthOf } from './host.ts';

/**
 * Earlier builds stored what was measured of a host with the host. Those of the first ones have no error, facts and labels.
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
      // One that is there already is newer.
      if ((await tx.get(healthRecords, address)) === undefined) tx.put(healthRecords, address, health);
    },
  },
];
