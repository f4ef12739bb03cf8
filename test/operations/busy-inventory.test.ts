import { expect, test } from 'vitest';
import { hostRecords } from '../../src/inventory/collections.ts';
import { emptyHost } from '../../src/inventory/host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { succeeded } from '../../src/operations/kind.ts';
import { Operations } from '../../src/operations/operations.ts';
import type { Store } from '../../src/store/contract.ts';
import { inventoryOn, storeCluster } from '../inventory/support.ts';
import { OvertakenStore } from '../store/overtaken-store.ts';
import { engineOn, kindOf, temporaryStore } from './support.ts';

const always = Number.POSITIVE_INFINITY;
const asked = { kind: 'act', parameters: {}, requestedBy: 'tester' };

function operationsOn(store: Store) {
  const engine = engineOn(store, [kindOf({ run: async () => succeeded(0) })]);
  return { engine, operations: new Operations(store, engine, systemClock) };
}

async function addHosts(store: Store): Promise<void> {
  await store.transact(async (tx) => {
    for (const address of ['h1', 'h2', 'h3']) tx.put(hostRecords, address, { ...emptyHost(address), status: 'active' });
  });
}

test('an operation on all hosts begins although one of them changes all the time', async () => {
  await using store = temporaryStore();
  await addHosts(store);
  const change = () =>
    store.transact(async (tx) => tx.put(hostRecords, 'h2', { ...emptyHost('h2'), status: 'active' }));
  const { engine, operations } = operationsOn(new OvertakenStore(store, change, always));
  const { operation } = await operations.start({ ...asked, target: 'status:active' });
  expect(operation.counts).toEqual({ pending: 3 });
  await engine.stop();
});

test('an operation may begin by the cluster in which its hosts are at that moment', async () => {
  await using store = temporaryStore();
  await addHosts(store);
  const join = () => storeCluster(store, 'c', ['h2']);
  const { engine, operations } = operationsOn(new OvertakenStore(store, join));
  const admit = (clusters: readonly (string | undefined)[]) => {
    if (clusters.includes('c')) throw new Error('not on c');
  };
  await expect(operations.start({ ...asked, target: 'all', admit })).rejects.toThrow('not on c');
  await engine.stop();
});

test('an operation on a cluster is about those who are in it when it begins, and not about those who were when it was looked at', async () => {
  await using store = temporaryStore();
  await addHosts(store);
  await storeCluster(store, 'c', ['h1', 'h3']);
  const join = () => inventoryOn(store).clusters.addHost('c', 'h2');
  const overtaken = new OvertakenStore(store, join);
  const engine = engineOn(overtaken, [kindOf({ name: 'restart', run: async () => succeeded(0) })]);
  const operations = new Operations(overtaken, engine, systemClock);
  const request = { kind: 'restart' as const, cluster: 'c', parameters: {}, requestedBy: 'tester' };
  const { operation } = await operations.startOnCluster(request);
  expect(operation.counts).toEqual({ pending: 3 });
  await engine.stop();
});
