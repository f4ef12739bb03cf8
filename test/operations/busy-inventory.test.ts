import { expect, test } from 'vitest';
import { clusterRecords, hostRecords, membershipRecords } from '../../src/inventory/collections.ts';
import { emptyHost } from '../../src/inventory/host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { succeeded } from '../../src/operations/kind.ts';
import { Operations } from '../../src/operations/operations.ts';
import type { Store } from '../../src/store/contract.ts';
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
  const join = () =>
    store.transact(async (tx) => {
      tx.put(clusterRecords, 'c', { name: 'c', status: '', network: '', hostset: ['h2'], container_manager: '' });
      tx.put(membershipRecords, 'h2', { cluster: 'c' });
    });
  const { engine, operations } = operationsOn(new OvertakenStore(store, join));
  const admit = (clusters: readonly (string | undefined)[]) => {
    if (clusters.includes('c')) throw new Error('not on c');
  };
  await expect(operations.start({ ...asked, target: 'all', admit })).rejects.toThrow('not on c');
  await engine.stop();
});
