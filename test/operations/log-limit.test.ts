import { Type as t } from '@sinclair/typebox';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import type { Engine } from '../../src/operations/engine.ts';
import { foldedOutput } from '../../src/operations/folded.ts';
import { type HostWork, succeeded } from '../../src/operations/kind.ts';
import { LogLimit } from '../../src/operations/log-limit.ts';
import { readOutput } from '../../src/operations/output.ts';
import { logSizes, outputChunks, readState } from '../../src/operations/records.ts';
import type { Store } from '../../src/store/contract.ts';
import { migrateFromFirst } from '../support/migrated.ts';
import { failureOf } from '../support/ssh.ts';
import { until } from '../support/until.ts';
import {
  engineOn,
  FaultyStore,
  Gate,
  hostsNamed,
  journalOf,
  kindOf,
  outputOf,
  RecordingLogger,
  request,
  runToEnd,
  temporaryStore,
} from './support.ts';

/** An operation that runs, and whose hosts print what they are told to. */
interface Talk {
  id: string;
  print(host: string, bytes: number): Promise<void>;
  end(): Promise<void>;
}

interface Server extends AsyncDisposable {
  engine: Engine;
  limit: LogLimit;
  logger: RecordingLogger;
  /** Runs an operation to its end in which each host prints so many pieces of this size. */
  prints(pieces: number, size: number, hosts?: number): Promise<string>;
  talks(hosts?: number): Promise<Talk>;
}

async function serverOn(store: Store, bytes: number): Promise<Server> {
  const logger = new RecordingLogger();
  const limit = new LogLimit({ store, clock: systemClock, logger, limit: bytes });
  await limit.begin();
  const works = new Map<string, HostWork>();
  const over = new Map<string, Gate>();
  const kind = kindOf({
    parameters: t.Object({}, { additionalProperties: true }),
    async run(work, { pieces, size, talk }) {
      for (let piece = 0; piece < Number(pieces ?? 0); piece += 1) await work.output(text(Number(size)));
      works.set(`${talk} ${work.address}`, work);
      const left = Promise.withResolvers<never>();
      work.signal.addEventListener('abort', () => left.reject(work.signal.reason), { once: true });
      await Promise.race([over.get(String(talk))?.passed, left.promise]);
      return succeeded(0);
    },
  });
  const engine = engineOn(store, [kind], { logLimit: limit });
  const asked = (parameters: Record<string, unknown>) => {
    const strategy = { batch: '100%', max_failures: 1 };
    return request({ cluster: crypto.randomUUID(), strategy, parameters });
  };
  return {
    engine,
    limit,
    logger,
    prints: (pieces, size, hosts = 1) => runToEnd(engine, asked({ pieces, size }), hostsNamed(hosts).map(unique)),
    async talks(hosts = 1) {
      const talk = crypto.randomUUID();
      const gate = new Gate();
      over.set(talk, gate);
      const addresses = hostsNamed(hosts).map((name) => `${name}-${talk}`);
      const { operation } = await engine.start(asked({ talk }), async () => addresses);
      await until(() => addresses.every((address) => works.has(`${talk} ${address}`)));
      return {
        id: operation.id,
        print: async (host, bytes) => works.get(`${talk} ${host}-${talk}`)?.output(text(bytes)),
        async end() {
          gate.open();
          await engine.released(operation.id);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await engine.stop();
      await limit[Symbol.asyncDispose]();
    },
  };
}

/** No operation waits for a host of another. */
const unique = (name: string) => `${name}-${crypto.randomUUID()}`;

function text(bytes: number): Uint8Array {
  return new Uint8Array(bytes).fill(120);
}

/** The bytes there are of each operation that has any, oldest first. What is written down of them has to be the same. */
async function kept(store: Store): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { key, bytes } of store.chunks.list(outputChunks)) {
    const [id = ''] = key.split('/');
    found.set(id, (found.get(id) ?? 0) + bytes.length);
  }
  const written = await Array.fromAsync(store.list(logSizes), ({ key, value }) => [key, value.bytes] as const);
  expect(new Map(written)).toEqual(found);
  return found;
}

async function total(store: Store): Promise<number> {
  return [...(await kept(store)).values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Those whose log was removed, as their hosts say. */
async function removed(store: Store, ids: readonly string[]): Promise<string[]> {
  const states = await Promise.all(ids.map(async (id) => ({ id, state: await readState(store, id) })));
  return states
    .filter(({ state }) => [...state.hosts.values()].some(({ log_removed_at }) => log_removed_at !== undefined))
    .map(({ id }) => id);
}

test('there is never more than the limit, and what goes is the oldest', async () => {
  await using store = temporaryStore();
  const sizes = fc.record({
    pieces: fc.nat({ max: 4 }),
    size: fc.integer({ min: 1, max: 300 }),
    hosts: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(sizes, { minLength: 1, maxLength: 12 }), async (runs) => {
      await using server = await serverOn(store, 1000);
      const ids: string[] = [];
      for (const { pieces, size, hosts } of runs) {
        ids.push(await server.prints(pieces, size, hosts));
        expect(await total(store)).toBeLessThanOrEqual(1000);
      }
      const there = await kept(store);
      // What is left is the newest ones that printed something, without a gap.
      const printing = ids.filter((_, index) => (runs[index]?.pieces ?? 0) > 0);
      const left = printing.filter((id) => there.has(id));
      expect(left).toEqual(printing.slice(printing.length - left.length));
      expect(await removed(store, ids)).toEqual(printing.slice(0, printing.length - left.length));
    }),
    { numRuns: 25 },
  );
});

test('of an operation whose log is removed everything else stays, and it is told once', async () => {
  await using store = temporaryStore();
  await using server = await serverOn(store, 1000);
  const id = await server.prints(3, 100, 2);
  const before = await readState(store, id);
  const journal = await journalOf(store, id);
  await server.prints(5, 100);
  const after = await readState(store, id);
  expect(after.operation).toEqual(before.operation);
  expect(await journalOf(store, id)).toEqual(journal);
  const removedAt = expect.stringMatching(/^\d{4}-/);
  expect([...after.hosts.values()]).toEqual(
    [...before.hosts.values()].map((host) => ({ ...host, log_removed_at: removedAt })),
  );
  const events = await store.events.read(0, 1000);
  expect(events.filter(({ action }) => action === 'log_removed')).toMatchObject([
    { type: 'operation', key: id, data: { kind: 'act', bytes: 600 } },
  ]);
});

test('whoever reads a removed log is told so, from any offset, and the fold does not say that nothing was printed', async () => {
  await using store = temporaryStore();
  await using server = await serverOn(store, 1000);
  const id = await server.prints(3, 100, 3);
  const silent = await server.prints(0, 0);
  await server.prints(10, 100);
  const [address = ''] = (await readState(store, id)).hosts.keys();
  for (const offset of [0, 150, 300, 1000]) {
    expect(await failureOf(readOutput(store, id, address, offset))).toMatchObject({
      code: 'log_removed',
      status: 410,
      details: { removed_at: expect.stringMatching(/^\d{4}-/) },
    });
  }
  expect(await foldedOutput(store, await readState(store, id))).toMatchObject([
    { count: 3, output: '', truncated: true, log_removed: true },
  ]);
  const [quiet = ''] = (await readState(store, silent)).hosts.keys();
  expect(await readOutput(store, silent, quiet, 0)).toMatchObject({ next: 0, complete: true });
  expect(await foldedOutput(store, await readState(store, silent))).toMatchObject([
    { output: '', truncated: false, log_removed: false },
  ]);
});

test('an operation that runs is spared, though it is the oldest', async () => {
  await using store = temporaryStore();
  await using server = await serverOn(store, 1000);
  const talk = await server.talks();
  await talk.print('h01', 300);
  const second = await server.prints(6, 100);
  const third = await server.prints(6, 100);
  expect(await kept(store)).toEqual(
    new Map([
      [talk.id, 300],
      [third, 600],
    ]),
  );
  expect(await removed(store, [talk.id, second, third])).toEqual([second]);
  await talk.end();
  const fourth = await server.prints(2, 100);
  // Now it is one like any other.
  expect([...(await kept(store)).keys()]).toEqual([third, fourth]);
});

test('where only running ones are left the beginnings are kept, and no log gets a hole', async () => {
  await using store = temporaryStore();
  await using server = await serverOn(store, 1000);
  const ended = await server.prints(5, 100);
  const talk = await server.talks(2);
  await talk.print('h01', 700);
  expect(await removed(store, [ended])).toEqual([ended]);
  await talk.print('h02', 250);
  await talk.print('h01', 100);
  await talk.print('h01', 100);
  const [first, second] = [...(await readState(store, talk.id)).hosts.values()];
  expect(first).toMatchObject({ output_bytes: 900, log_bytes: 750 });
  expect(second).toMatchObject({ output_bytes: 250 });
  expect(second?.log_bytes).toBeUndefined();
  expect(await total(store)).toBe(1000);
  await talk.print('h02', 10);
  await talk.end();
  const [one = '', two = ''] = (await readState(store, talk.id)).hosts.keys();
  expect((await outputOf(store, talk.id, one)).length).toBe(750);
  expect(await readOutput(store, talk.id, one, 0)).toMatchObject({ next: 750 });
  expect(await readOutput(store, talk.id, one, 750)).toMatchObject({ next: 750, complete: true });
  expect((await readState(store, talk.id)).hosts.get(two)).toMatchObject({ output_bytes: 260, log_bytes: 250 });
});

test('room that comes back is not used for a log that has ended already', async () => {
  await using store = temporaryStore();
  await using server = await serverOn(store, 1000);
  const [one, other] = [await server.talks(), await server.talks()];
  await one.print('h01', 600);
  await other.print('h01', 500);
  await one.end();
  await other.print('h01', 100);
  await other.end();
  expect([...(await readState(store, other.id)).hosts.values()]).toMatchObject([{ output_bytes: 600, log_bytes: 400 }]);
  expect(await kept(store)).toEqual(
    new Map([
      [one.id, 600],
      [other.id, 400],
    ]),
  );
});

test('many that print at once stay within the limit together', async () => {
  await using store = temporaryStore();
  await using server = await serverOn(store, 5000);
  for (let run = 0; run < 3; run += 1) await server.prints(10, 100);
  const talks = await Promise.all([1, 2, 3].map(() => server.talks(4)));
  const hosts = hostsNamed(4);
  for (let round = 0; round < 6; round += 1) {
    await Promise.all(talks.flatMap((talk) => hosts.map((host) => talk.print(host, 90))));
    expect(await total(store)).toBeLessThanOrEqual(5000);
  }
  expect(await total(store)).toBe(5000);
  await Promise.all(talks.map((talk) => talk.end()));
});

test('a crash at any write of a removal leaves nothing half done, and the counts right', async () => {
  // Enough chunks that they go in several transactions.
  const pieces = 600;
  for (let crash = 1; ; crash += 1) {
    await using store = temporaryStore();
    const setUp = await serverOn(store, 10_000);
    const id = await setUp.prints(pieces, 10);
    const other = await setUp.prints(1, 10);
    await setUp[Symbol.asyncDispose]();
    const faulty = new FaultyStore(store);
    faulty.beforeWrite = (write) => {
      if (write >= crash) throw new Error('the server is gone');
    };
    const crashing = new LogLimit({ store: faulty, clock: systemClock, logger: new RecordingLogger(), limit: 1000 });
    await crashing.begin();
    await crashing[Symbol.asyncDispose]();
    const wasRemoved = (await removed(store, [id])).length > 0;
    expect(wasRemoved).toBe(crash > 1);
    // With a limit that leaves room for all: what was begun is brought to its end, and nothing else goes.
    const next = await serverOn(store, 10_000);
    await next.limit[Symbol.asyncDispose]();
    const finished = await serverOn(store, 10_000);
    await until(async () => !wasRemoved || !(await kept(store)).has(id));
    expect(await kept(store)).toEqual(
      wasRemoved
        ? new Map([[other, 10]])
        : new Map([
            [id, 6000],
            [other, 10],
          ]),
    );
    const left = 10_000 - (await total(store));
    expect(finished.limit.take(left)).toBe(left);
    expect(finished.limit.take(1)).toBeInstanceOf(Promise);
    await finished[Symbol.asyncDispose]();
    const events = await store.events.read(0, 1000);
    expect(events.filter(({ action }) => action === 'log_removed')).toHaveLength(wasRemoved ? 1 : 0);
    if (faulty.writes < crash) return;
  }
});

test('a write that fails gives back the room it had taken', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  await using server = await serverOn(faulty, 1000);
  const talk = await server.talks();
  faulty.beforeWrite = () => {
    throw new Error('the disk is gone');
  };
  expect(await failureOf(talk.print('h01', 600))).toMatchObject({ message: 'the disk is gone' });
  expect(server.limit.take(1000)).toBe(1000);
  faulty.beforeWrite = () => {};
});

test('that old logs cannot be removed is logged, and costs an operation only what it would have kept', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  await using server = await serverOn(faulty, 1000);
  await server.prints(9, 100);
  const talk = await server.talks();
  let failures = 1;
  faulty.beforeWrite = () => {
    failures -= 1;
    if (failures >= 0) throw new Error('not now');
  };
  await talk.print('h01', 300);
  await talk.end();
  expect([...(await readState(store, talk.id)).hosts.values()]).toMatchObject([
    { state: 'succeeded', output_bytes: 300, log_bytes: 100 },
  ]);
  expect(server.logger.lines).toMatchObject([{ level: 'error', message: 'old logs could not be removed' }]);
});

test('a lower limit holds from the next start on', async () => {
  await using store = temporaryStore();
  const before = await serverOn(store, 10_000);
  const ids = [await before.prints(5, 100), await before.prints(5, 100), await before.prints(5, 100)];
  await before[Symbol.asyncDispose]();
  await using _ = await serverOn(store, 600);
  await until(async () => (await removed(store, ids)).length === 2 && (await total(store)) <= 600);
  expect(await removed(store, ids)).toEqual(ids.slice(0, 2));
});

test('logs of a store that was written without sizes are counted', async () => {
  await using store = temporaryStore();
  const before = await serverOn(store, 10_000);
  const ids = [await before.prints(5, 100), await before.prints(3, 100)];
  await before[Symbol.asyncDispose]();
  await store.transact(async (tx) => {
    for (const id of ids) tx.delete(logSizes, id);
  });
  await migrateFromFirst(store);
  await using server = await serverOn(store, 1000);
  expect(await total(store)).toBe(800);
  const third = await server.prints(3, 100);
  expect([...(await kept(store)).keys()]).toEqual([ids[1], third]);
});
