import { expect, test } from 'vitest';
import { succeeded } from '../../src/operations/kind.ts';
import { forgetNumbers, idOf, numberRecords } from '../../src/operations/numbers.ts';
import { operationRecords, readOperation } from '../../src/operations/records.ts';
import type { Store, Transaction } from '../../src/store/contract.ts';
import { migrateFromFirst } from '../support/migrated.ts';
import { engineOn, FaultyStore, hostsNamed, kindOf, request, runToEnd, temporaryStore } from './support.ts';

const act = kindOf({ run: async () => succeeded(0) });
const onHosts = request({ cluster: '', target: 'label:any' });

/** Counts how often transactions ran, and their work. */
class TryingStore extends FaultyStore {
  commits = 0;
  runs = 0;

  override commit<R>(work: (tx: Transaction) => Promise<R>, purpose?: Parameters<Store['commit']>[1]) {
    if (purpose === 'journal') return super.commit(work, purpose);
    this.commits += 1;
    return super.commit((tx) => {
      this.runs += 1;
      return work(tx);
    }, purpose);
  }
}

async function numberOf(store: Store, id: string): Promise<number> {
  return (await readOperation(store, id)).number;
}

test('operations are counted from 1, and found by their number', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [act]);
  const ids = [];
  for (const host of hostsNamed(3)) ids.push(await runToEnd(engine, onHosts, [host]));
  expect(await Promise.all(ids.map((id) => numberOf(store, id)))).toEqual([1, 2, 3]);
  expect(await Promise.all(['1', '#2', '003'].map((each) => idOf(store, each)))).toEqual(ids);
  expect(await idOf(store, ids[0] ?? '')).toBe(ids[0]);
  await expect(idOf(store, '4')).rejects.toMatchObject({
    code: 'operation_not_found',
    message: 'there is no operation #4',
  });
  await engine.stop();
});

test('of many starts at once none is repeated because of its number', async () => {
  await using site = temporaryStore();
  const store = new TryingStore(site);
  const engine = engineOn(store, [act]);
  const hosts = hostsNamed(99);
  const started = await Promise.all(hosts.map((host) => engine.start(onHosts, async () => [host])));
  const numbers = started.map(({ operation }) => operation.number);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(hosts.map((_, index) => index + 1));
  expect(store.runs).toBe(store.commits);
  await engine.stop();
});

test('two servers never give the same number', async () => {
  await using store = temporaryStore();
  const engines = [engineOn(store, [act]), engineOn(store, [act])];
  const hosts = hostsNamed(60);
  const started = await Promise.all(hosts.map((host, index) => engines[index % 2]?.start(onHosts, async () => [host])));
  const numbers = started.map((each) => each?.operation.number);
  expect(new Set(numbers).size).toBe(hosts.length);
  for (const each of started) expect(await idOf(store, String(each?.operation.number))).toBe(each?.operation.id);
  for (const engine of engines) await engine.stop();
});

test('a start that is refused takes no number', async () => {
  await using store = temporaryStore();
  const held = Promise.withResolvers<void>();
  const slow = kindOf({ name: 'slow', run: async () => held.promise.then(() => succeeded(0)) });
  const engine = engineOn(store, [act, slow]);
  const { operation } = await engine.start({ ...onHosts, kind: 'slow' }, async () => ['h01']);
  await expect(engine.start(onHosts, async () => ['h01'])).rejects.toMatchObject({
    code: 'operation_running',
    message: 'slow #1 has the host h01',
    hint: 'wait for it with `commctl operation wait 1`',
    details: { operation: operation.id, number: 1 },
  });
  expect(await numberOf(store, await runToEnd(engine, onHosts, ['h02']))).toBe(2);
  held.resolve();
  await engine.stop();
});

test('a removed number is never given again, by this server, a new one, or one that did not notice', async () => {
  await using store = temporaryStore();
  const [first, other] = [engineOn(store, [act]), engineOn(store, [act])];
  const old = await runToEnd(other, onHosts, ['h01']);
  for (const host of hostsNamed(5)) await runToEnd(first, onHosts, [host]);
  const numbers = await Array.fromAsync(store.list(numberRecords), ({ key }) => Number(key));
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
  await store.transact((tx) => forgetNumbers(tx, numbers));
  await expect(idOf(store, '1')).rejects.toMatchObject({ code: 'operation_not_found' });
  expect(await numberOf(store, await runToEnd(other, onHosts, ['h01']))).toBe(7);
  expect(await numberOf(store, await runToEnd(first, onHosts, ['h02']))).toBe(8);
  await store.transact((tx) => forgetNumbers(tx, [7]));
  const next = engineOn(store, [act]);
  expect(await numberOf(store, await runToEnd(next, onHosts, ['h03']))).toBe(9);
  expect(await numberOf(store, old)).toBe(1);
  for (const engine of [first, other, next]) await engine.stop();
});

test('operations of earlier builds get numbers in the order of their starts', async () => {
  await using store = temporaryStore();
  const bootstrap = kindOf({ name: 'bootstrap', run: async () => succeeded(0) });
  const engine = engineOn(store, [act, bootstrap]);
  const ids: string[] = [];
  for (const host of hostsNamed(150)) ids.push(await runToEnd(engine, onHosts, [host]));
  const automatic = { ...onHosts, kind: 'bootstrap', requestedBy: 'commissaire' };
  ids.push(
    await runToEnd(engine, automatic, ['h01']),
    await runToEnd(engine, { ...automatic, requestedBy: 'ann' }, ['h01']),
  );
  await store.transact(async (tx) => {
    for await (const { key, value } of store.list(operationRecords)) {
      const { number: _, automatic: __, ...earlier } = value;
      tx.put<unknown>(operationRecords, key, earlier);
    }
    for await (const { key } of store.list(numberRecords)) tx.delete(numberRecords, key);
  });
  await migrateFromFirst(store);
  const records = await Promise.all(ids.map((id) => readOperation(store, id)));
  expect(records.map(({ number }) => number)).toEqual(ids.map((_, index) => index + 1));
  expect(records.slice(-3).map((record) => record.automatic)).toEqual([false, true, false]);
  expect(await idOf(store, '152')).toBe(ids[151]);
  const next = engineOn(store, [act]);
  expect(await numberOf(store, await runToEnd(next, onHosts, ['h01']))).toBe(153);
  for (const each of [engine, next]) await each.stop();
});
