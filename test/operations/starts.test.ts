import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HostWork, type Kind, succeeded } from '../../src/operations/kind.ts';
import { Obstructed } from '../../src/operations/obstacle.ts';
import { preparingRecords } from '../../src/operations/preparing.ts';
import { findOperation, operationRecords, readState } from '../../src/operations/records.ts';
import { catalogue } from '../../src/server/catalogue.ts';
import type { CachingStore } from '../../src/store/cached.ts';
import type { Committed, Transaction } from '../../src/store/contract.ts';
import type { Purpose } from '../../src/store/disk-space.ts';
import { stored } from '../support/stored.ts';
import { until } from '../support/until.ts';
import {
  engineOn,
  expectNothingLeft,
  FaultyStore,
  Gate,
  hostsNamed,
  kindOf,
  request,
  runToEnd,
  temporaryStore,
} from './support.ts';

/** Two hosts to a page. */
const bound = { operations: 40, bytes: 1024 * 1024 };
const hosts = hostsNamed(7);
const onHosts = request({ cluster: '' });
/** The target, four pages, and the last one. */
const writesOfStart = 7;

const done = kindOf({ run: async () => succeeded(0) });

/** A kind whose hosts wait at a gate. */
function gated(): { gate: Gate; kind: Kind } {
  const gate = new Gate();
  const run = async () => {
    await gate.passed;
    return succeeded(0);
  };
  return { gate, kind: kindOf({ run }) };
}

/** A store of which one write waits until it is let go of. */
class HeldStore extends FaultyStore {
  readonly held = new Gate();
  readonly reached = new Gate();
  readonly #write: number;

  constructor(store: CachingStore, write: number) {
    super(store);
    this.#write = write;
  }

  override async commit<R>(work: (tx: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>> {
    if (this.writes + 1 === this.#write) {
      this.reached.open();
      this.writes += 1;
      await this.held.passed;
      this.writes -= 1;
    }
    return super.commit(work, purpose);
  }
}

async function keysOf(store: CachingStore): Promise<string[]> {
  const keys: string[] = [];
  for (const { collection } of catalogue) {
    for await (const { key } of stored(store, collection)) keys.push(`${collection.name}: ${key}`);
  }
  return keys;
}

test('a start over many pages is no operation to anybody before it is in process', async () => {
  await using store = temporaryStore();
  const counted = new FaultyStore(store);
  const seen: Array<Promise<number>> = [];
  const engine = engineOn(counted, [done], { bound });
  counted.afterWrite = (write) => {
    if (write < writesOfStart) seen.push(store.count(operationRecords));
  };
  const { operation } = await engine.start(onHosts, async () => hosts);
  expect(await Promise.all(seen)).toEqual(Array.from({ length: writesOfStart - 1 }, () => 0));
  expect(await store.count(operationRecords)).toBe(1);
  expect([...(await readState(store, operation.id)).hosts.keys()]).toEqual(hosts);
  await engine.released(operation.id);
  await expectNothingLeft(store);
  await engine.stop();
});

const everyWrite = Array.from({ length: writesOfStart }, (_, index) => index + 1);

test.each(everyWrite)('of a start of which write %i of 7 fails nothing is left', async (failing) => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  faulty.beforeWrite = (write) => {
    if (write === failing) throw new Error('injected');
  };
  const engine = engineOn(faulty, [done], { bound });
  const before = await keysOf(store);
  await expect(engine.start(onHosts, async () => hosts)).rejects.toThrow('injected');
  expect(await keysOf(store)).toEqual(before);
  expect((await store.events.bounds()).last).toBe(0);
  await runToEnd(engine, onHosts, hosts);
  await expectNothingLeft(store);
  await engine.stop();
});

test.each([
  ...everyWrite.map((write) => ({ write, last: 'lost' })),
  ...everyWrite.slice(0, -1).map((write) => ({ write, last: 'unheard' })),
])('of a start that crashed at write $write, which was $last, the next server leaves nothing', async (crash) => {
  await using store = temporaryStore();
  const before = await keysOf(store);
  const faulty = new FaultyStore(store);
  const fail = () => {
    throw new Error('the power is gone');
  };
  faulty.beforeWrite = (write) => write > crash.write - (crash.last === 'lost' ? 1 : 0) && fail();
  faulty.afterWrite = (write) => write === crash.write && fail();
  const crashed = engineOn(faulty, [done], { bound });
  await expect(crashed.start(onHosts, async () => hosts)).rejects.toThrow('the power is gone');
  await crashed.stop();
  const next = engineOn(store, [done], { bound });
  expect(await next.resume()).toBe(0);
  expect(await keysOf(store)).toEqual(before);
  await runToEnd(next, onHosts, hosts);
  await expectNothingLeft(store);
  await next.stop();
});

test('what could not be undone is undone by the next start that needs it', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  faulty.beforeWrite = (write) => {
    if (write > 4 && write < 7) throw new Error('injected');
  };
  const engine = engineOn(faulty, [done], { bound });
  await expect(engine.start(onHosts, async () => hosts)).rejects.toThrow('injected');
  expect(await store.count(preparingRecords)).toBe(1);
  await runToEnd(engine, request({ cluster: '', parameters: { other: true } }), hosts.slice(0, 1));
  await expectNothingLeft(store);
  await engine.stop();
});

test.each([
  ['is in process then, is the same', 'none', { fresh: false }],
  ['is undone, is begun instead of it', 'fails', { fresh: true }],
])('a start that waits for the same one, which %s', async (_, fault, answer) => {
  await using store = temporaryStore();
  const held = new HeldStore(store, 4);
  const { kind, gate } = gated();
  const engine = engineOn(held, [kind], { bound });
  const first = engine.start(onHosts, async () => hosts);
  await held.reached.passed;
  const second = engine.start(onHosts, async () => hosts.toReversed());
  // It has asked for the lock and waits.
  await until(() => held.writes > 4);
  if (fault === 'fails') {
    held.beforeWrite = () => {
      held.beforeWrite = () => {};
      throw new Error('injected');
    };
  }
  held.held.open();
  if (fault === 'fails') await expect(first).rejects.toThrow('injected');
  const begun = await second;
  expect(begun).toMatchObject(answer);
  if (fault === 'none') expect(begun.operation.id).toBe((await first).operation.id);
  gate.open();
  await engine.released(begun.operation.id);
  await expectNothingLeft(store);
  await engine.stop();
});

test('a start on some of the machines of one that is undone afterwards is not refused', async () => {
  await using store = temporaryStore();
  const held = new HeldStore(store, 6);
  const { kind, gate } = gated();
  const engine = engineOn(held, [kind], { bound });
  const first = engine.start(onHosts, async () => hosts);
  await held.reached.passed;
  const second = engine.start(onHosts, async () => ['h02']);
  await until(() => held.writes > 6);
  held.beforeWrite = () => {
    held.beforeWrite = () => {};
    throw new Error('injected');
  };
  held.held.open();
  await expect(first).rejects.toThrow('injected');
  const { operation } = await second;
  gate.open();
  await engine.released(operation.id);
  await expectNothingLeft(store);
  await engine.stop();
});

test('a start on machines of which one is taken gives the others back', async () => {
  await using store = temporaryStore();
  const { kind, gate } = gated();
  const engine = engineOn(store, [kind], { bound });
  const holder = await engine.start(onHosts, async () => ['h06']);
  const before = await keysOf(store);
  await expect(engine.start(onHosts, async () => hosts)).rejects.toMatchObject({
    code: 'operation_running',
    message: `act #${holder.operation.number} has the host h06`,
    details: { operation: holder.operation.id },
  });
  expect(await keysOf(store)).toEqual(expect.arrayContaining(before));
  expect((await keysOf(store)).filter((key) => key.startsWith('operation-locks'))).toHaveLength(2);
  const waiting = await engine.start(request({ cluster: '', wait: true }), async () => hosts);
  expect((await keysOf(store)).filter((key) => key.startsWith('operation-locks: host'))).toHaveLength(1);
  gate.open();
  await engine.released(waiting.operation.id);
  expect((await readState(store, waiting.operation.id)).operation.counts).toEqual({ succeeded: 7 });
  await expectNothingLeft(store);
  await engine.stop();
});

/** A store whose writes take their time, and are gone from one of them on. */
class SlowStore extends FaultyStore {
  readonly #turns: readonly number[];

  constructor(store: CachingStore, turns: readonly number[], crash: number | undefined) {
    super(store);
    this.#turns = turns;
    this.beforeWrite = (write) => {
      if (crash !== undefined && write >= crash) throw new Error('the power is gone');
    };
  }

  override async commit<R>(work: (tx: Transaction) => Promise<R>, purpose?: Purpose): Promise<Committed<R>> {
    const turns = this.#turns[this.writes % this.#turns.length] ?? 0;
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return super.commit(work, purpose);
  }
}

interface Asked {
  hosts: string[];
  cluster: string;
  wait: boolean;
  /** Told apart by it: with the same one it is the same operation. */
  version: number;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  hosts: fc.shuffledSubarray(hostsNamed(8), { minLength: 1 }),
  cluster: fc.constantFrom('', '', 'web', 'db'),
  wait: fc.boolean(),
  version: fc.nat({ max: 1 }),
});

test('whatever is started at once, no two have one machine, who is refused is told of one under way, and nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(asked, { minLength: 2, maxLength: 5 }),
      fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 20 }),
      fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
      async (all, turns, crash) => {
        await using store = temporaryStore();
        const atWork = new Set<string>();
        const run = async ({ address, signal }: HostWork) => {
          if (atWork.has(address)) throw new Error(`${address} is worked on twice`);
          atWork.add(address);
          for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          atWork.delete(address);
          signal.throwIfAborted();
          return succeeded(0);
        };
        const slow = new SlowStore(store, turns, crash);
        const first = engineOn(slow, [kindOf({ run })], { bound, journalRetryMs: 3_600_000 });
        const strategy = { batch: '100%', on_failure: 'continue' } as const;
        const starts = all.map(({ hosts, version, ...rest }) =>
          first.start(request({ ...rest, parameters: { version }, strategy }), async () => hosts),
        );
        const results = await Promise.allSettled(starts);
        const ids = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.operation.id] : []));
        for (const result of results) {
          if (result.status === 'fulfilled') continue;
          if (result.reason instanceof Obstructed) {
            expect(await findOperation(store, result.reason.obstacle.operation)).toBeDefined();
          } else expect(crash, String(result.reason)).toBeDefined();
        }
        if (crash === undefined) await Promise.all(ids.map((id) => first.released(id)));
        await first.stop();
        const next = engineOn(store, [kindOf({ run })], { bound });
        await next.resume();
        await Promise.all(ids.map((id) => next.released(id)));
        await until(async () => (await store.count(operationRecords)) === 0 || (await isIdle(store)));
        await next.stop();
        await expectNothingLeft(store);
        for await (const { key } of store.list(operationRecords)) {
          const { operation } = await readState(store, key);
          expect(operation.counts.failed, key).toBeUndefined();
        }
        const known = new Set(await Array.fromAsync(store.list(operationRecords), ({ key }) => key));
        const others = (await keysOf(store)).filter((key) => /^operation-(hosts|targets): /.test(key));
        expect(others.filter((key) => !known.has(key.split(/[ /]/)[1] ?? ''))).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});

async function isIdle(store: CachingStore): Promise<boolean> {
  for await (const { key } of store.list(operationRecords)) {
    if ((await findOperation(store, key))?.finished_at === '') return false;
  }
  return true;
}
