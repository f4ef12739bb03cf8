import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { type HostWork, succeeded } from '../../src/operations/kind.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { Operations } from '../../src/operations/operations.ts';
import { lockRecords, readState, runningRecords, targetRecords } from '../../src/operations/records.ts';
import type { StartRequest } from '../../src/operations/start.ts';
import type { Store } from '../../src/store/contract.ts';
import { storeCluster } from '../inventory/support.ts';
import { engineOn, failed, Gate, kindOf, request, runToEnd, temporaryStore } from './support.ts';

/** An engine whose hosts wait at a gate. */
function waiting(store: Store) {
  const gate = new Gate();
  const run = async (_work: HostWork) => {
    await gate.passed;
    return succeeded(0);
  };
  const kinds = [kindOf({ run }), kindOf({ run, name: 'other' })];
  return { gate, engine: engineOn(store, kinds) };
}

interface Second {
  what: string;
  first: [Partial<StartRequest>, string[]];
  second: [Partial<StartRequest>, string[]];
  answer: 'same' | 'refused' | 'another';
}

const noCluster = { cluster: '' };
const seconds: Second[] = [
  { what: 'the same again', first: [{}, ['h1']], second: [{}, ['h1']], answer: 'same' },
  { what: 'the same after a host joined the cluster', first: [{}, ['h1']], second: [{}, ['h1', 'h2']], answer: 'same' },
  {
    what: 'the same with equal parameters',
    first: [{ parameters: { version: '2', flags: ['a'] } }, ['h1']],
    second: [{ parameters: { flags: ['a'], version: '2' } }, ['h1']],
    answer: 'same',
  },
  {
    what: 'other parameters',
    first: [{ parameters: { version: '2' } }, ['h1']],
    second: [{ parameters: { version: '3' } }, ['h1']],
    answer: 'refused',
  },
  { what: 'another kind', first: [{}, ['h1']], second: [{ kind: 'other' }, ['h1']], answer: 'refused' },
  { what: 'another cluster', first: [{}, ['h1']], second: [{ cluster: 'db' }, ['h2']], answer: 'another' },
  { what: 'the same host', first: [noCluster, ['h1']], second: [noCluster, ['h1']], answer: 'same' },
  {
    what: 'the same hosts in another order, one of them twice',
    first: [noCluster, ['h1', 'h2']],
    second: [noCluster, ['h2', 'h1', 'h2']],
    answer: 'same',
  },
  { what: 'another host', first: [noCluster, ['h1']], second: [noCluster, ['h2']], answer: 'another' },
  // It would otherwise be told that all is under way, and nobody would ever come to h2.
  { what: 'more hosts than run', first: [noCluster, ['h1']], second: [noCluster, ['h1', 'h2']], answer: 'refused' },
];

test.each(seconds)('while an operation runs, $what: $answer', async ({ first, second, answer }) => {
  await using store = temporaryStore();
  const { engine, gate } = waiting(store);
  const running = await engine.start(request(first[0]), async () => first[1]);
  expect(running.fresh).toBe(true);
  const started = engine.start(request(second[0]), async () => second[1]);
  if (answer === 'refused') {
    const details = { operation: running.operation.id };
    await expect(started).rejects.toMatchObject({ code: 'operation_running', status: 409, details });
  } else {
    const { operation, fresh } = await started;
    expect(fresh).toBe(answer === 'another');
    expect(operation.id === running.operation.id).toBe(answer === 'same');
  }
  gate.open();
  await engine.stop();
});

test('of many that are started at the same moment one runs, and the others are told of it', async () => {
  await using store = temporaryStore();
  const { engine, gate } = waiting(store);
  const started = await Promise.all(
    Array.from({ length: 20 }, () => engine.start(request(), async () => ['h1', 'h2'])),
  );
  expect(new Set(started.map(({ operation }) => operation.id)).size).toBe(1);
  expect(started.filter(({ fresh }) => fresh).length).toBe(1);
  gate.open();
  await engine.released(started[0]?.operation.id ?? '');
  expect((await readState(store, started[0]?.operation.id ?? '')).operation.status).toBe('finished');
});

test.each([
  ['finished', () => succeeded(0)],
  ['failed', () => failed()],
])('an operation that %s lets go of its target', async (status, outcome) => {
  await using store = temporaryStore();
  const engine = engineOn(store, [kindOf({ run: async () => outcome() })]);
  for (const change of [{}, noCluster]) {
    const first = await runToEnd(engine, request(change), ['h1', 'h2']);
    const second = await runToEnd(engine, request(change), ['h1', 'h2']);
    expect(second).not.toBe(first);
    expect((await readState(store, second)).operation.status).toBe(status);
  }
  expect(await Array.fromAsync(store.list(lockRecords))).toEqual([]);
  expect(await Array.fromAsync(store.list(runningRecords))).toEqual([]);
});

test('a host that is named twice is in the operation once', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [kindOf({ run: async () => succeeded(0) })]);
  const id = await runToEnd(engine, request(noCluster), ['h1', 'h2', 'h1']);
  expect((await readState(store, id)).operation.counts).toEqual({ succeeded: 2 });
  expect((await store.get(targetRecords, id))?.value).toEqual(['h1', 'h2']);
});

test('the hosts of a cluster are those at the start, whoever joins or leaves while it runs', async () => {
  await using store = temporaryStore();
  const { engine, gate } = waiting(store);
  const views = new OperationViews(store, engine);
  await storeCluster(store, 'web', ['h1', 'h2']);
  // The kinds of the v0 routes are named; the one here answers to `restart`.
  const restarting = engineOn(store, [
    kindOf({
      name: 'restart',
      run: async () => {
        await gate.passed;
        return succeeded(0);
      },
    }),
  ]);
  const starting = new Operations(store, restarting, systemClock);
  const { operation } = await starting.startOnCluster({
    kind: 'restart',
    cluster: 'web',
    parameters: {},
    requestedBy: 'tester',
  });
  await storeCluster(store, 'web', ['h2', 'h3']);
  gate.open();
  await restarting.released(operation.id);
  expect((await views.get(operation.id)).results.map(({ address }) => address)).toEqual(['h1', 'h2']);
  expect(await views.latest('web', 'restart')).toBe(operation.id);
  await expect(views.latest('web', 'upgrade')).rejects.toMatchObject({ code: 'operation_not_found' });
  const unknown = { kind: 'restart' as const, cluster: 'nowhere', parameters: {}, requestedBy: 'tester' };
  await expect(starting.startOnCluster(unknown)).rejects.toMatchObject({ code: 'cluster_not_found' });
});
