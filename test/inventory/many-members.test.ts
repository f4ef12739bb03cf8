import { expect, test } from 'vitest';
import { hostRecords, membershipRecords } from '../../src/inventory/collections.ts';
import { emptyHost } from '../../src/inventory/host.ts';
import type { Store } from '../../src/store/contract.ts';
import { temporaryStore } from '../operations/support.ts';
import { CountingStore } from '../store/counting-store.ts';
import { inventoryOn } from './support.ts';

const many = 10_000;
const addresses = Array.from({ length: many }, (_, n) => `10.1.${n >> 8}.${n & 255}`).toReversed();

async function addHosts(store: Store): Promise<void> {
  await store.transact(async (tx) => {
    for (const address of addresses) tx.put(hostRecords, address, { ...emptyHost(address), status: 'disassociated' });
  });
}

/** How many events there are of each name, without what they are about. */
async function eventsSince(store: Store, sequence: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type, action } of await store.events.read(sequence, 100_000)) {
    counts[`${type}.${action}`] = (counts[`${type}.${action}`] ?? 0) + 1;
  }
  return counts;
}

/** What is written when so many hosts join or leave: nothing that grows with the members that stay. */
function membersWritten(count: number): Record<string, number> {
  return { memberships: count, 'memberships-by-cluster': count, 'cluster-rosters': 1 };
}

test('a cluster that 10,000 hosts join, and leave, is written and told of once', async () => {
  await using store = temporaryStore();
  await addHosts(store);
  await inventoryOn(store).clusters.put('c', {});
  const before = await store.events.bounds();
  const joining = new CountingStore(store);
  const { hostset } = await inventoryOn(joining).clusters.replaceHosts('c', [], addresses);
  expect(hostset).toEqual(addresses);
  expect(Object.fromEntries(joining.written)).toEqual({ ...membersWritten(many), hosts: many });
  expect(await eventsSince(store, before.last)).toEqual({ 'cluster.updated': 1, 'host.updated': many });
  expect(await store.count(membershipRecords)).toBe(many);

  const between = await store.events.bounds();
  const leaving = new CountingStore(store);
  const [last = ''] = addresses.slice(-1);
  await inventoryOn(leaving).clusters.replaceHosts('c', addresses, [last]);
  expect(Object.fromEntries(leaving.written)).toEqual(membersWritten(many - 1));
  expect(await eventsSince(store, between.last)).toEqual({ 'cluster.updated': 1 });
  expect((await inventoryOn(store).clusters.get('c')).hostset).toEqual([last]);
  expect(await store.count(membershipRecords)).toBe(1);
});

test('a cluster that is imported with 10,000 hosts is written and told of once, and so is one that replaces it', async () => {
  await using store = temporaryStore();
  await addHosts(store);
  const record = { name: 'c', status: '', network: 'default', hostset: addresses, container_manager: '' };
  for (const hostset of [addresses, addresses.toReversed()]) {
    const before = await store.events.bounds();
    const counting = new CountingStore(store);
    await inventoryOn(counting).clusters.importRecord({ ...record, hostset });
    expect(Object.fromEntries(counting.written)).toEqual({ ...membersWritten(many), clusters: 1 });
    expect(await eventsSince(store, before.last)).toEqual({ 'cluster.imported': 1, 'cluster.updated': 1 });
    expect((await inventoryOn(store).clusters.get('c')).hostset).toEqual(hostset);
    expect(await store.count(membershipRecords)).toBe(many);
  }
});

test('who takes one of the hosts at the same time is not overlooked', async () => {
  await using store = temporaryStore();
  await addHosts(store);
  const { clusters } = inventoryOn(store);
  for (const name of ['c', 'd']) await clusters.put(name, {});
  const some = addresses.slice(0, 100);
  const [taken = ''] = some.slice(-1);
  const [all, one] = await Promise.allSettled([clusters.replaceHosts('c', [], some), clusters.addHost('d', taken)]);
  expect([all.status, one.status].toSorted()).toEqual(['fulfilled', 'rejected']);
  const holder = all.status === 'fulfilled' ? 'c' : 'd';
  expect((await store.get(membershipRecords, taken))?.value.cluster).toBe(holder);
  expect((await clusters.get('c')).hostset).toEqual(holder === 'c' ? some : []);
});
