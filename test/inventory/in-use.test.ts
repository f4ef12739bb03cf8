import { describe, expect, test } from 'vitest';
import { clusterRecords, containerManagerRecords, networkRecords } from '../../src/inventory/collections.ts';
import type { ContainerManagerRecord } from '../../src/inventory/container-manager.ts';
import type { Network } from '../../src/inventory/network.ts';
import { temporaryStore } from '../operations/support.ts';
import { OvertakenStore } from '../store/overtaken-store.ts';
import { inventoryOn } from './support.ts';

const network: Network = { name: 'n', type: 'flannel_etcd', options: {} };
const manager: ContainerManagerRecord = { name: 'm', type: 'trivial', options: {} };

describe.each(['a cluster that is there', 'a new cluster'])('while it is deleted %s takes up', (taker) => {
  const isNew = taker === 'a new cluster';

  test('a network: it stays', async () => {
    await using store = temporaryStore();
    const { networks, clusters } = inventoryOn(store);
    await networks.put(network.name, () => network);
    if (!isNew) await clusters.put('c', {});
    const takeUp = () => (isNew ? clusters.put('c', { network: 'n' }) : clusters.change('c', () => ({ network: 'n' })));
    const late = inventoryOn(new OvertakenStore(store, takeUp));
    await expect(late.networks.delete('n')).rejects.toMatchObject({ code: 'in_use', details: { cluster: 'c' } });
    expect(await store.get(networkRecords, 'n')).toBeDefined();
    expect((await clusters.get('c')).network).toBe('n');
  });

  test('a container manager: it stays', async () => {
    await using store = temporaryStore();
    const { managers, clusters } = inventoryOn(store);
    await managers.put(manager.name, () => manager);
    if (!isNew) await clusters.put('c', {});
    const change = { container_manager: 'm' };
    const takeUp = () => (isNew ? clusters.put('c', change) : clusters.change('c', () => change));
    const late = inventoryOn(new OvertakenStore(store, takeUp));
    await expect(late.managers.delete('m')).rejects.toMatchObject({ code: 'in_use', details: { cluster: 'c' } });
    expect(await store.get(containerManagerRecords, 'm')).toBeDefined();
  });
});

test('a cluster does not take up a network that is deleted meanwhile', async () => {
  await using store = temporaryStore();
  const { networks, clusters } = inventoryOn(store);
  await networks.put(network.name, () => network);
  await clusters.put('c', {});
  const late = inventoryOn(new OvertakenStore(store, () => networks.delete('n'))).clusters;
  await expect(late.change('c', () => ({ network: 'n' }))).rejects.toMatchObject({ code: 'network_unknown' });
  expect((await store.get(clusterRecords, 'c'))?.value.network).toBe('default');
});

test('a cluster does not take up a container manager that is deleted meanwhile', async () => {
  await using store = temporaryStore();
  const { managers, clusters } = inventoryOn(store);
  await managers.put(manager.name, () => manager);
  await clusters.put('c', {});
  const late = inventoryOn(new OvertakenStore(store, () => managers.delete('m'))).clusters;
  const changed = late.change('c', () => ({ container_manager: 'm' }));
  await expect(changed).rejects.toMatchObject({ code: 'container_manager_unknown' });
  expect((await store.get(clusterRecords, 'c'))?.value.container_manager).toBe('');
});
