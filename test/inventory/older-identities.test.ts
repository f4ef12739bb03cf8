import { expect, test } from 'vitest';
import { healthRecords, hostRecords } from '../../src/inventory/collections.ts';
import { declaredOf, emptyHost, healthOf } from '../../src/inventory/host.ts';
import { Hosts } from '../../src/inventory/hosts.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { temporaryStore } from '../operations/support.ts';
import { migrateFromFirst } from '../support/migrated.ts';

const host_key = `SHA256:${'A'.repeat(43)}`;

test('hosts that an earlier build stored are found by their host keys', async () => {
  await using store = temporaryStore();
  await store.transact(async (tx) => {
    for (const [address, facts] of [
      ['192.0.2.1', { host_key }],
      ['192.0.2.2', { host_key }],
      ['192.0.2.3', {}],
    ] as const) {
      const host = { ...emptyHost(address), status: 'active', cpus: 1, facts };
      tx.put(hostRecords, address, declaredOf(host));
      tx.put(healthRecords, address, healthOf(host));
    }
  });
  using hosts = new Hosts(store, new HostKeys(store, systemClock), timeOrderedId);
  expect(await hosts.sameMachine('192.0.2.1', { host_key })).toEqual([]);
  await migrateFromFirst(store);
  expect(await hosts.sameMachine('192.0.2.1', { host_key })).toEqual([{ address: '192.0.2.2', by: ['host_key'] }]);
  // A migration that comes by once more changes nothing.
  await migrateFromFirst(store);
  expect(await hosts.sameMachine('192.0.2.3', { host_key })).toHaveLength(2);
});
