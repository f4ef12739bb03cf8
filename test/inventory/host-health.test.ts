import { expect, test } from 'vitest';
import { healthRecords, hostRecords } from '../../src/inventory/collections.ts';
import { emptyHost, type Host } from '../../src/inventory/host.ts';
import { Hosts } from '../../src/inventory/hosts.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import { everything, type Selection } from '../../src/lib/selection.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import type { CachingStore } from '../../src/store/cached.ts';

import { temporaryStore } from '../operations/support.ts';
import { CountingStore } from '../store/counting-store.ts';
import { migrateFromFirst } from '../support/migrated.ts';

const facts = { kernel: '6.12', boot_id: 'one', os_version: '13', package_manager: 'apt', host_key: 'SHA256:k' };
const measured = { os: 'debian', cpus: 4, memory: 8, space: 16, last_check: '2026-01-01T00:00:00.000000', facts };
const sorted: Selection = {
  ...everything,
  sort: [{ field: { path: ['last_check'], kind: 'text' }, descending: true }],
};

const hostsOn = (store: CachingStore) => new Hosts(store, new HostKeys(store, clock), timeOrderedId);

async function addHosts(store: CachingStore, ...hosts: Host[]): Promise<void> {
  for (const host of hosts) await hostsOn(store).importRecord(host, { address: host.address, ssh_priv_key: '' });
}

async function toldOf(store: CachingStore, work: () => Promise<unknown>): Promise<string[]> {
  const { last } = await store.events.bounds();
  await work();
  const events = await store.events.read(last, 100);
  return events.map(({ type, action, key, data }) => `${type}.${action}.${key} ${JSON.stringify(data)}`);
}

test('a look that finds a host as it was is written down, and nobody is told', async () => {
  await using store = temporaryStore();
  await addHosts(store, { ...emptyHost('h1'), ...measured, status: 'active' });
  const counting = new CountingStore(store);
  const before = await hostsOn(store).entry('h1');
  const last_check = '2026-01-02T00:00:00.000000';
  const looking = () => hostsOn(counting).update('h1', { ...measured, facts: { ...facts }, last_check });
  expect(await toldOf(store, looking)).toEqual([]);
  expect(Object.fromEntries(counting.written)).toEqual({ 'host-health': 1 });
  const after = await hostsOn(store).entry('h1');
  expect(after.value).toEqual({ ...before.value, last_check });
  expect(after.revision).toBeGreaterThan(before.revision);
  // The same again is not even written.
  await looking();
  expect(Object.fromEntries(counting.written)).toEqual({ 'host-health': 1 });
});

const changes: { change: Partial<Host>; written: Record<string, number>; status?: string }[] = [
  { change: { facts: { ...facts, boot_id: 'two' } }, written: { 'host-health': 1 } },
  { change: { cpus: 5, last_check: 'later' }, written: { 'host-health': 1 } },
  { change: { status: 'failed', error: 'why' }, written: { hosts: 1 }, status: 'failed' },
  { change: { status: 'failed', os: 'fedora' }, written: { hosts: 1, 'host-health': 1 }, status: 'failed' },
];

test.each(changes)('a change of $change is told of once', async ({ change, written, status = 'active' }) => {
  await using store = temporaryStore();
  await addHosts(store, { ...emptyHost('h1'), ...measured, status: 'active' });
  const counting = new CountingStore(store);
  const told = await toldOf(store, () => hostsOn(counting).update('h1', change));
  expect(told).toEqual([`host.updated.h1 {"status":"${status}"}`]);
  expect(Object.fromEntries(counting.written)).toEqual(written);
  expect(await hostsOn(store).get('h1')).toEqual({ ...emptyHost('h1'), ...measured, status: 'active', ...change });
});

test('lists show, sort and count what was measured as what was declared, also after either has changed', async () => {
  await using store = temporaryStore();
  const hosts = hostsOn(store);
  const records = ['h1', 'h2', 'h3', 'h4'].map(
    (address): Host => ({ ...emptyHost(address), last_check: `at ${address}`, status: 'active' }),
  );
  await addHosts(store, ...records);
  const addresses = async (selection: Selection) => (await hosts.select(selection)).records.map((host) => host.address);
  expect(await addresses(sorted)).toEqual(['h4', 'h3', 'h2', 'h1']);
  const revision = await hosts.revision();
  await hosts.update('h2', { last_check: 'at the end' });
  expect(await hosts.revision()).toBeGreaterThan(revision);
  expect(await addresses(sorted)).toEqual(['h2', 'h4', 'h3', 'h1']);
  await hosts.delete('h4');
  await hosts.update('h3', { status: 'failed' });
  await addHosts(store, emptyHost('h0'));
  const all = [
    emptyHost('h0'),
    records[0],
    { ...records[1], last_check: 'at the end' },
    { ...records[2], status: 'failed' },
  ];
  expect(await hosts.select(everything)).toEqual({ records: all, total: 4 });
  expect(await hosts.select({ ...everything, limit: 2, offset: 1 })).toEqual({ records: all.slice(1, 3), total: 4 });
  expect(await store.count(healthRecords)).toBe(3);
});

test('a host that an earlier build stored is whole, and a look at it is what counts from then on', async () => {
  await using store = temporaryStore();
  const old = { ...emptyHost('h1'), ...measured, status: 'active', labels: { rack: '1' } };
  await store.transact(async (tx) => tx.put(hostRecords, 'h1', old));
  await migrateFromFirst(store);
  const hosts = hostsOn(store);
  expect(await hosts.select(everything)).toEqual({ records: [old], total: 1 });
  expect(await hosts.update('h1', { status: 'failed' })).toEqual({ ...old, status: 'failed' });
  await hosts.update('h1', { cpus: 99 });
  await hosts.changeLabels('h1', () => ({ rack: '2' }));
  expect(await hosts.get('h1')).toEqual({ ...old, status: 'failed', cpus: 99, labels: { rack: '2' } });
  expect(await hosts.select(everything)).toEqual({ records: [await hosts.get('h1')], total: 1 });
});
