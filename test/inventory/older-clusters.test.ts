import { expect, test } from 'vitest';
import { clusterRecords, hostRecords, membershipRecords } from '../../src/inventory/collections.ts';
import { emptyHost } from '../../src/inventory/host.ts';
import type { Store } from '../../src/store/contract.ts';
import { FaultyStore, temporaryStore } from '../operations/support.ts';
import { forgetVersions, migrateFromFirst, migrateStore } from '../support/migrated.ts';
import { inventoryOn } from './support.ts';

const addresses = Array.from({ length: 300 }, (_, n) => `10.1.${n >> 8}.${n & 255}`).toReversed();
const [moved = '', gone = ''] = addresses;
const stored = { name: 'c', status: '', network: 'default', container_manager: 'm' };

/** A cluster as earlier builds stored it; two of the hosts that its record names are not in it. */
async function storeOlder(store: Store): Promise<void> {
  await store.transact(async (tx) => {
    tx.put<object>(clusterRecords, 'c', { ...stored, hostset: addresses });
    for (const address of addresses) tx.put(membershipRecords, address, { cluster: 'c' });
    tx.put(membershipRecords, moved, { cluster: 'd' });
    tx.delete(membershipRecords, gone);
  });
}

test('the members of a cluster that an earlier build stored stay, in their order, and others join after them', async () => {
  await using store = temporaryStore();
  await storeOlder(store);
  await store.transact(async (tx) => tx.put(hostRecords, '10.0.0.1', { ...emptyHost('10.0.0.1'), status: 'active' }));
  await migrateFromFirst(store);
  const { clusters } = inventoryOn(store);
  const hostset = addresses.slice(2);
  expect(await clusters.get('c')).toEqual({ ...stored, hostset });
  expect((await store.get(clusterRecords, 'c'))?.value).toEqual(stored);
  await clusters.change('c', () => ({ container_manager: '' }));
  await clusters.addHost('c', '10.0.0.1');
  expect((await clusters.get('c')).hostset).toEqual([...hostset, '10.0.0.1']);
  // A migration that comes by once more finds nothing to move.
  await migrateFromFirst(store);
  expect((await clusters.get('c')).hostset).toEqual([...hostset, '10.0.0.1']);
});

test('starts that end after each write come to the same', async () => {
  await using store = temporaryStore();
  await storeOlder(store);
  await forgetVersions(store);
  let starts = 0;
  for (let isDone = false; !isDone; starts += 1) {
    const faulty = new FaultyStore(store);
    faulty.beforeWrite = (write) => {
      if (write === 2) throw new Error('the disk is gone');
    };
    isDone = await migrateStore(faulty).then(
      () => true,
      () => false,
    );
  }
  expect(starts).toBeGreaterThan(addresses.length / 100);
  expect((await inventoryOn(store).clusters.get('c')).hostset).toEqual(addresses.slice(2));
  expect((await store.get(clusterRecords, 'c'))?.value).toEqual(stored);
});
