import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type as t } from '@sinclair/typebox';
import { afterAll, expect, test } from 'vitest';
import { clusterRecords, hostRecords } from '../../src/inventory/collections.ts';
import { type Clock, timestamp } from '../../src/lib/clock.ts';
import { AppError } from '../../src/lib/errors.ts';
import { everything } from '../../src/lib/selection.ts';
import { leftDownRecords } from '../../src/operations/budget.ts';
import { Disruptions } from '../../src/operations/disruptions.ts';
import type { Engine } from '../../src/operations/engine.ts';
import { newControl, newHostRecord } from '../../src/operations/fold.ts';
import { type Kind, succeeded } from '../../src/operations/kind.ts';
import { copyKind } from '../../src/operations/kinds/copy.ts';
import { LogLimit } from '../../src/operations/log-limit.ts';
import { numberRecords } from '../../src/operations/numbers.ts';
import { askedOperations } from '../../src/operations/operation-index.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { Operations } from '../../src/operations/operations.ts';
import {
  journalEntries,
  journalKey,
  latestRecords,
  lockRecords,
  logSizes,
  operationHostKey,
  operationHostRecords,
  operationRecords,
  outputChunks,
  progressRecords,
  putOperation,
  removingRecords,
  targetRecords,
} from '../../src/operations/records.ts';
import { Removal } from '../../src/operations/removal.ts';
import { OperationRetention } from '../../src/operations/retention.ts';
import { manifestRecords, manifestUses } from '../../src/operations/sources/records.ts';
import { Sources } from '../../src/operations/sources/sources.ts';
import { completed } from '../../src/operations/strategy.ts';
import { Retention } from '../../src/server/retention.ts';
import type { CachingStore } from '../../src/store/cached.ts';
import type {
  AnyCollection,
  Chunk,
  ChunkCollection,
  ChunkRange,
  Collection,
  Committed,
  Entry,
  Leases,
  ListRange,
  Transaction,
} from '../../src/store/contract.ts';
import { migrateFromFirst } from '../support/migrated.ts';
import { failureOf } from '../support/ssh.ts';
import { stored } from '../support/stored.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import {
  engineOn,
  FaultyStore,
  Gate,
  kindOf,
  RecordingLogger,
  request,
  runToEnd,
  SteppedClock,
  temporaryStore,
  unreachable,
} from './support.ts';

const day = 86_400;
const look = 900;
const files = temporaryDirectory();
afterAll(() => files[Symbol.dispose]());
const source = join(files.path, 'source');
writeFileSync(source, 'what is copied');

/** Kinds of which the machines print, hold, cannot be reached, or get a copy. */
function kindsOn(store: CachingStore, held: Gate): Kind[] {
  const parameters = t.Object({}, { additionalProperties: true });
  const places = { directories: [files.path], dataDirectory: join(files.path, 'data') };
  return [
    kindOf({
      name: 'restart',
      parameters,
      async run(work, { pieces = 0 }) {
        for (let piece = 0; piece < Number(pieces); piece += 1) await work.output(new Uint8Array(10).fill(120));
        return succeeded(0);
      },
    }),
    kindOf({
      name: 'hold',
      parameters,
      async run({ signal }) {
        const left = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => left.reject(signal.reason), { once: true });
        await Promise.race([held.passed, left.promise]);
        return succeeded(0);
      },
    }),
    kindOf({ name: 'lose', parameters, run: async () => unreachable() }),
    kindOf({ ...copyKind(new Sources(store, places)), run: async () => succeeded(0) }),
  ];
}

interface Bounds {
  days?: number;
  limit?: number;
}

/** Of the only server there is: what is written here is what is removed. */
const alone: Leases = {
  take: async (name) => ({
    name,
    epoch: 1,
    fence: async () => {},
    forget: () => {},
    [Symbol.asyncDispose]: async () => {},
  }),
};

/** The part of a server that runs operations and removes them, on a store that may have seen others. */
class Site implements AsyncDisposable {
  readonly held = new Gate();
  readonly logger = new RecordingLogger();
  readonly engine: Engine;
  readonly logLimit: LogLimit;
  readonly disruptions: Disruptions;
  readonly operations: Operations;
  readonly views: OperationViews;
  readonly #retention: Retention;
  /** How often it has looked for old operations. */
  #looks = 0;

  constructor(
    readonly store: CachingStore,
    readonly clock: SteppedClock,
    { days = 10, limit = 1_000_000 }: Bounds = {},
  ) {
    const { logger } = this;
    const disruptions = new Disruptions(store);
    this.disruptions = disruptions;
    this.logLimit = new LogLimit({ store, clock, logger, limit: 1_000_000 });
    this.engine = engineOn(store, kindsOn(store, this.held), { clock, disruptions, logLimit: this.logLimit });
    this.operations = new Operations(store, this.engine, clock);
    this.views = new OperationViews(store, this.engine);
    const looking: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => {
        this.#looks += 1;
        return clock.sleep(ms, signal);
      },
    };
    const { logLimit, engine } = this;
    const parts = { store, logLimit, engine, disruptions };
    const sweeps = [new OperationRetention({ ...parts, clock: looking, days, limit })];
    this.#retention = new Retention({ leases: alone, clock: looking, logger, sweeps });
  }

  async begin(): Promise<this> {
    await this.beginToRemove();
    await this.engine.resume();
    return this;
  }

  /** Takes up no operation. */
  async beginToRemove(): Promise<void> {
    await this.logLimit.begin();
    await this.#retention.begin();
    await until(() => this.#looks > 0);
  }

  /** Lets so much time pass, the end of it from look to look. */
  async pass(seconds: number): Promise<void> {
    const atOnce = Math.max(0, seconds - 6 * look);
    if (atOnce > 0) await this.#lookAfter(atOnce);
    for (let passed = atOnce; passed < seconds; passed += look) await this.#lookAfter(look);
  }

  async #lookAfter(seconds: number): Promise<void> {
    const before = this.#looks;
    await this.clock.pass(seconds);
    await until(() => this.#looks > before);
  }

  restart(cluster: string, pieces = 0): Promise<string> {
    const strategy = { batch: 1, max_failures: 1 };
    return runToEnd(this.engine, request({ kind: 'restart', cluster, strategy, parameters: { pieces } }), [
      `${cluster}1`,
    ]);
  }

  async run(kind: string, address: string, parameters: Record<string, unknown> = {}): Promise<string> {
    return runToEnd(this.engine, request({ kind, cluster: '', parameters }), [address]);
  }

  async copy(address: string): Promise<string> {
    const parameters = await this.engine.freezeParameters('copy', { source, path: '/srv/file' });
    return this.run('copy', address, parameters);
  }

  async hold(address: string): Promise<string> {
    const asked = request({ kind: 'hold', cluster: '' });
    return (await this.engine.start(asked, async () => [address])).operation.id;
  }

  /** The operations there are, as a list shows them, newest first. */
  async listed(): Promise<string[]> {
    const { records, total } = await this.views.select(everything);
    const ids = await Array.fromAsync(records, ({ id }) => id);
    expect(total).toBe(ids.length);
    return ids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop();
    await this.#retention[Symbol.asyncDispose]();
    await this.logLimit[Symbol.asyncDispose]();
  }
}

const keysOf = (store: CachingStore, collection: AnyCollection) =>
  Array.fromAsync(stored(store, collection), ({ key }) => key);

/** Nothing in the store names an operation that is not there, or a manifest that nobody uses is counted as used. */
async function expectNothingDangling(store: CachingStore): Promise<void> {
  const there = new Set(await keysOf(store, operationRecords));
  const parts = [progressRecords, targetRecords, operationHostRecords, journalEntries, outputChunks, logSizes];
  for (const collection of [...parts, removingRecords]) {
    const owners = (await keysOf(store, collection)).map((key) => key.split('/')[0] ?? '');
    expect(
      owners.filter((id) => !there.has(id)),
      collection.name,
    ).toEqual([]);
  }
  for (const collection of [latestRecords, leftDownRecords, lockRecords]) {
    for await (const { value } of store.list<{ operation: string }>(collection)) {
      expect(there.has(value.operation), `${collection.name} names ${value.operation}`).toBe(true);
    }
  }
  for await (const { value } of store.list(numberRecords)) expect(there.has(value.operation)).toBe(true);
  for (const id of await keysOf(store, askedOperations)) expect(there.has(id)).toBe(true);
  await expectManifestsCounted(store);
}

async function expectManifestsCounted(store: CachingStore): Promise<void> {
  const used = new Map<string, number>();
  for await (const { value } of store.list(operationRecords)) {
    const { manifest } = value.parameters;
    if (typeof manifest === 'string') used.set(manifest, (used.get(manifest) ?? 0) + 1);
  }
  const counted = await Array.fromAsync(store.list(manifestUses), ({ key, value }) => [key, value.operations] as const);
  expect(new Map(counted.filter(([, operations]) => operations > 0))).toEqual(used);
  expect((await keysOf(store, manifestRecords)).toSorted()).toEqual(counted.map(([key]) => key).toSorted());
}

/** Whoever asks for an operation is told that there is none, whatever they ask. */
async function expectNotFound({ operations, views }: Site, id: string, address: string): Promise<void> {
  for (const asking of [
    () => views.get(id),
    () => views.log(id, address, 0),
    () => views.journal(id, { limit: 10 }),
    () => views.folded(id),
    () => operations.planOf(id),
    () => views.scopeOf(id),
    () => operations.retry(id, 'tester'),
    () => operations.pause(id, 'tester'),
  ]) {
    expect(await failureOf(asking())).toMatchObject({ code: 'operation_not_found', status: 404 });
  }
}

async function totalOf(store: CachingStore): Promise<number> {
  let bytes = 0;
  for await (const chunk of store.chunks.list(outputChunks)) bytes += chunk.bytes.length;
  return bytes;
}

/** How much more the logs may take: what was removed was given back, and only once. */
async function expectRoom({ store, logLimit }: Site): Promise<void> {
  const left = 1_000_000 - (await totalOf(store));
  expect(logLimit.take(left)).toBe(left);
  expect(logLimit.take(1)).toBeInstanceOf(Promise);
  logLimit.giveBack(left);
}

test('an operation goes once it is too old, with all there is of it, and what is younger stays', async () => {
  await using store = temporaryStore();
  const clock = new SteppedClock();
  await using site = await new Site(store, clock).begin();
  const old = await site.run('restart', 'h01', { pieces: 3 });
  await site.pass(8 * day);
  const young = await site.run('restart', 'h01', { pieces: 4 });
  expect(await site.listed()).toEqual([young, old]);
  await site.pass(2 * day + 3600 + look);
  expect(await site.listed()).toEqual([young]);
  await expectNotFound(site, old, 'h01');
  await expectNothingDangling(store);
  expect(await totalOf(store)).toBe(40);
  await expectRoom(site);
  expect(await site.views.log(young, 'h01', 0)).toMatchObject({ next: 40 });
  expect((await site.views.journal(young, { limit: 100 })).length).toBeGreaterThan(3);
  const removed = (await store.events.read(0, 1_000)).filter(({ action }) => action === 'removed');
  expect(removed).toMatchObject([{ type: 'operation', key: old, data: { kind: 'restart', cluster: '' } }]);
  expect(site.logger.lines).toMatchObject([{ level: 'info', details: { operations: 1 } }]);
});

test('what is past the limit goes, the oldest first, an hour after it was found there', async () => {
  await using store = temporaryStore();
  await using site = await new Site(store, new SteppedClock(), { limit: 3 }).begin();
  const ids: string[] = [];
  for (let run = 0; run < 7; run += 1) ids.push(await site.run('restart', 'h01', { pieces: run }));
  await site.pass(3600);
  expect(await site.listed()).toEqual(ids.toReversed());
  await site.pass(look);
  expect(await site.listed()).toEqual(ids.slice(4).toReversed());
  await expectNothingDangling(store);
  await expectRoom(site);
});

test('one that runs is spared, and one that has just ended, however old they are', async () => {
  await using store = temporaryStore();
  await using site = await new Site(store, new SteppedClock(), { limit: 1, days: 1 }).begin();
  const running = await site.hold('h01');
  const waiting = (await site.engine.start(request({ kind: 'restart', cluster: '', wait: true }), async () => ['h01']))
    .operation.id;
  await until(async () => (await site.views.get(waiting)).status === 'waiting');
  const ended = await site.run('restart', 'h02');
  const newest = await site.run('restart', 'h03');
  await site.pass(day / 2);
  expect(await site.listed()).toEqual([newest, waiting, running].toSorted().toReversed());
  expect(await failureOf(site.views.get(ended))).toMatchObject({ code: 'operation_not_found' });
  site.held.open();
  await Promise.all([running, waiting].map((id) => site.engine.released(id)));
  await site.pass(look);
  // Whoever waits for its end still reads of it.
  expect(await site.views.get(running)).toMatchObject({ status: 'finished' });
  await site.pass(3600);
  expect(await site.listed()).toEqual([newest]);
  await expectNothingDangling(store);
});

test('the newest of a cluster and kind stays for the v0 routes, as long as there is the cluster', async () => {
  await using store = temporaryStore();
  await using site = await new Site(store, new SteppedClock(), { limit: 1, days: 1 }).begin();
  const cluster = { name: 'web', status: 'ok', type: 'host', hostset: [], network: 'default' };
  await store.transact(async (tx) => tx.put<unknown>(clusterRecords, 'web', cluster));
  const before = await site.restart('web');
  const shown = await site.restart('web');
  const ofNone = await site.restart('gone');
  await site.run('restart', 'h01');
  await site.pass(2 * day);
  expect(await site.listed()).toEqual([shown]);
  expect(await site.views.latest('web', 'restart')).toBe(shown);
  expect(await site.views.record(shown, 'restart')).toMatchObject({ name: 'web', restarted: ['web1'] });
  for (const id of [before, ofNone]) await expectNotFound(site, id, 'web1');
  expect(await failureOf(site.views.latest('gone', 'restart'))).toMatchObject({ code: 'operation_not_found' });
  await expectNothingDangling(store);
  // Another one takes its place.
  const next = await site.restart('web');
  await site.pass(2 * day);
  expect(await site.listed()).toEqual([next]);
  await expectNothingDangling(store);
});

test('one that left a host down stays until the host is brought back', async () => {
  await using store = temporaryStore();
  await putHost(store, 'h01');
  await using site = await new Site(store, new SteppedClock(), { days: 1 }).begin();
  const left = await site.run('lose', 'h01');
  await site.pass(2 * day);
  expect(await site.listed()).toEqual([left]);
  const back = await site.run('restart', 'h01');
  await site.pass(3600 + look);
  expect(await site.listed()).toEqual([back]);
  await expectNothingDangling(store);
});

test('one that left a host down goes when the host is deleted, and the host with the same address is another one', async () => {
  await using store = temporaryStore();
  await using site = await new Site(store, new SteppedClock(), { days: 1 }).begin();
  for (const address of ['h01', 'h02']) await putHost(store, address);
  const gone = await site.run('lose', 'h01');
  const left = await site.run('lose', 'h02');
  await site.pass(2 * day);
  expect(await site.listed()).toEqual([left, gone]);
  await store.transact(async (tx) => tx.delete(hostRecords, 'h01'));
  await site.pass(3600 + look);
  expect(await site.listed()).toEqual([left]);
  await expectNothingDangling(store);
  expect(await site.disruptions.isLeftDown('h01')).toBe(false);
  expect(await site.disruptions.isLeftDown('h02')).toBe(true);
});

test('a calendar that is wrong for less than an hour costs nothing', async () => {
  await using store = temporaryStore();
  const clock = new SteppedClock();
  await using site = await new Site(store, clock, { days: 30 }).begin();
  const id = await site.run('restart', 'h01');
  clock.jump(365 * day);
  await site.pass(3 * look);
  clock.jump(-365 * day);
  await site.pass(4 * look);
  clock.jump(365 * day);
  await site.pass(3 * look);
  expect(await site.listed()).toEqual([id]);
  await site.pass(2 * look);
  expect(await site.listed()).toEqual([]);
});

test('a manifest stays as long as an operation copies it, and one that nobody uses goes an hour later', async () => {
  await using store = temporaryStore();
  const clock = new SteppedClock();
  await using site = await new Site(store, clock, { days: 1 }).begin();
  const first = await site.copy('h01');
  await site.pass(day / 2);
  const [digest = ''] = await keysOf(store, manifestRecords);
  const second = await site.copy('h02');
  await site.pass(day / 2 + 3600 + look);
  expect(await site.listed()).toEqual([second]);
  expect(await failureOf(site.views.get(first))).toMatchObject({ code: 'operation_not_found' });
  const again = (await site.operations.rerun(second, 'tester')).operation.id;
  await site.engine.released(again);
  await expectNothingDangling(store);
  expect((await store.get(manifestUses, digest))?.value).toEqual({ operations: 2 });
  await site.pass(day + 3600);
  expect(await site.listed()).toEqual([]);
  // Frozen again, as by a start that is about to come.
  await site.engine.freezeParameters('copy', { source, path: '/srv/file' });
  await site.pass(3600);
  expect(await keysOf(store, manifestRecords)).toEqual([digest]);
  await site.pass(2 * look);
  expect(await keysOf(store, manifestRecords)).toEqual([]);
  await expectNothingDangling(store);
  // What is gone is not copied in half.
  const gone = request({ kind: 'copy', cluster: '', parameters: { path: '/srv/file', manifest: digest } });
  expect(await failureOf(site.engine.start(gone, async () => ['h03']))).toMatchObject({ code: 'source_changed' });
  expect(await site.listed()).toEqual([]);
});

test('manifests of a store that was written without counts are counted', async () => {
  await using store = temporaryStore();
  const clock = new SteppedClock();
  const before = await new Site(store, clock).begin();
  await before.copy('h01');
  const used = await before.copy('h02');
  await before[Symbol.asyncDispose]();
  await store.transact(async (tx) => {
    for (const key of await keysOf(store, manifestUses)) tx.delete(manifestUses, key);
    tx.put<unknown>(manifestRecords, 'of-no-operation', { root: '/', directoryMode: null, directories: [], files: [] });
  });
  await migrateFromFirst(store);
  await using site = await new Site(store, clock, { limit: 1 }).begin();
  await expectManifestsCounted(store);
  await site.pass(3600 + look);
  expect(await site.listed()).toEqual([used]);
  expect(await keysOf(store, manifestRecords)).not.toContain('of-no-operation');
  await expectNothingDangling(store);
});

async function putHost(store: CachingStore, address: string): Promise<void> {
  await store.transact(async (tx) => tx.put<unknown>(hostRecords, address, { address, status: 'active' }));
}

/** What the sites of the next test are made of, and which of it has to stay. */
async function filled(store: CachingStore, clock: SteppedClock): Promise<{ old: string[]; kept: string[] }> {
  const site = await new Site(store, clock, { days: 1_000 }).begin();
  const cluster = { name: 'web', status: 'ok', type: 'host', hostset: [], network: 'default' };
  await store.transact(async (tx) => tx.put<unknown>(clusterRecords, 'web', cluster));
  await putHost(store, 'h02');
  const old = [await site.restart('web', 300), await site.restart('gone'), await site.copy('h01')];
  const kept = [await site.restart('web', 2), await site.run('lose', 'h02'), await site.hold('h03')];
  await site.pass(20 * day);
  kept.push(await site.copy('h01'));
  await site[Symbol.asyncDispose]();
  return { old, kept };
}

test.each(['before', 'after'] as const)(
  'a crash %s any write leaves nothing half removed for good',
  async (when) => {
    for (let crash = 1; ; crash += 1) {
      await using store = temporaryStore();
      const clock = new SteppedClock();
      const { old, kept } = await filled(store, clock);
      const faulty = new FaultyStore(store);
      const gone = (write: number) => {
        if (write >= crash) throw new Error('the server is gone');
      };
      if (when === 'before') faulty.beforeWrite = gone;
      else faulty.afterWrite = gone;
      const crashing = new Site(faulty, clock, { days: 1 });
      await crashing.beginToRemove();
      await crashing.pass(3600 + 2 * look);
      await crashing[Symbol.asyncDispose]();
      // Each one is there as a whole, or not to be found.
      const before = await crashing.listed();
      expect(before.filter((id) => !old.includes(id)).toSorted()).toEqual(kept.toSorted());
      for (const id of old) {
        if (!before.includes(id)) await expectNotFound(crashing, id, 'web1');
        else expect((await crashing.views.get(id)).results).toHaveLength(1);
      }
      // With bounds that remove nothing: only what was begun is brought to its end.
      const next = await new Site(store, clock, { days: 10_000 }).begin();
      await next.pass(look);
      expect(await next.listed()).toEqual(before);
      await expectNothingDangling(store);
      await expectRoom(next);
      await next[Symbol.asyncDispose]();
      const events = (await store.events.read(0, 10_000)).filter(({ action }) => action === 'removed');
      expect(events.map(({ key }) => key).toSorted()).toEqual(old.filter((id) => !before.includes(id)).toSorted());
      if (faulty.writes < crash) {
        expect(before.toSorted()).toEqual(kept.toSorted());
        // The marks, the log in two, and the rest.
        expect(crash).toBeGreaterThan(4);
        return;
      }
    }
  },
  120_000,
);

test.each([
  ['by the same server', 4_000, 3_000],
  ['by the next one', 1_000, 500],
] as const)('the log of an operation that is half removed makes room for others, %s', async (_, bytes, wanted) => {
  await using store = temporaryStore();
  const clock = new SteppedClock();
  const { kept } = await filled(store, clock);
  const logger = new RecordingLogger();
  await using limit = new LogLimit({ store, clock, logger, limit: bytes });
  const isThere = bytes > 3_020;
  if (isThere) await limit.begin();
  const faulty = new FaultyStore(store);
  faulty.beforeWrite = (write) => {
    if (write > 1) throw new Error('the server is gone');
  };
  const crashing = new Site(faulty, clock, { days: 1 });
  await crashing.beginToRemove();
  await crashing.pass(3600);
  await crashing[Symbol.asyncDispose]();
  expect((await crashing.listed()).toSorted()).toEqual(kept.toSorted());
  expect(await totalOf(store)).toBe(3_020);
  if (!isThere) await limit.begin();
  expect(await limit.take(wanted)).toBe(wanted);
  // Of what is kept nothing had to go, and the log alone is no event.
  expect(await totalOf(store)).toBe(20);
  expect(logger.lines).toEqual([]);
  expect((await store.events.read(0, 10_000)).filter(({ action }) => action === 'log_removed')).toEqual([]);
});

test('a write that fails is logged, and the next look goes on', async () => {
  await using store = temporaryStore();
  const clock = new SteppedClock();
  const { kept } = await filled(store, clock);
  const faulty = new FaultyStore(store);
  await using site = await new Site(faulty, clock, { days: 1 }).begin();
  await site.pass(3600 - look);
  faulty.beforeWrite = (write) => {
    if (write % 2 === 0) throw new Error('not now');
  };
  await until(async () => {
    await site.pass(look);
    return (await site.listed()).length === kept.length && (await keysOf(store, removingRecords)).length === 0;
  });
  expect((await site.listed()).toSorted()).toEqual(kept.toSorted());
  expect(site.logger.lines).toContainEqual(
    expect.objectContaining({ level: 'error', message: 'old operations could not be removed' }),
  );
  faulty.beforeWrite = () => {};
  await expectNothingDangling(store);
  await expectRoom(site);
});

/** Knows how many keys the largest transaction wrote. */
class MeasuredStore extends FaultyStore {
  largest = 0;

  override commit<R>(work: (transaction: Transaction) => Promise<R>): Promise<Committed<R>> {
    return super.commit(async (tx) => {
      let keys = 0;
      const result = await work({
        get: (collection, key) => tx.get(collection, key),
        list: (collection, range) => tx.list(collection, range),
        put(collection, key, value) {
          keys += 1;
          tx.put(collection, key, value);
        },
        delete(collection, key) {
          keys += 1;
          tx.delete(collection, key);
        },
        keep(collection, key, bytes) {
          keys += 1;
          tx.keep(collection, key, bytes);
        },
        discard(collection, key) {
          keys += 1;
          tx.discard(collection, key);
        },
        emit(event) {
          // Itself, and the one that it pushes out.
          keys += 2;
          tx.emit(event);
        },
        emitFrom(source, key, event) {
          keys += 2;
          tx.emitFrom(source, key, event);
        },
      });
      this.largest = Math.max(this.largest, keys);
      return result;
    });
  }
}

/** Writes operations down as they are after their end. */
async function putEnded(
  store: CachingStore,
  ids: readonly string[],
  at: string,
  hosts: readonly string[],
): Promise<void> {
  await store.transact(async (tx) => {
    for (const id of ids) {
      putOperation(tx, {
        id,
        number: 1,
        automatic: false,
        kind: 'restart',
        parameters: {},
        cluster: '',
        clusters: [''],
        target: 'host:h01',
        strategy: completed({}),
        requested_by: 'tester',
        status: 'finished',
        waiting_for: null,
        reason: '',
        started_at: at,
        finished_at: at,
        counts: { succeeded: hosts.length },
        handshake_window: null,
        control: newControl,
        identity: `same/${id}`,
        gates_checked: true,
      });
      tx.put(targetRecords, id, [...hosts]);
      for (const host of hosts) tx.put(operationHostRecords, operationHostKey(id, host), newHostRecord(host));
      for (const place of [0, 1, 2]) tx.put(journalEntries, journalKey(id, place), { at, type: 'operation_resumed' });
    }
  });
}

test('ten thousand old operations, and one on thousands of hosts, are removed in bounded transactions', async () => {
  await using store = temporaryStore();
  const clock = new SteppedClock();
  const at = timestamp(clock.now());
  const ids = Array.from({ length: 10_001 }, (_, index) => `0-${String(index).padStart(6, '0')}`);
  for (let from = 0; from < 10_000; from += 1_000) await putEnded(store, ids.slice(from, from + 1_000), at, ['h01']);
  const many = Array.from({ length: 3_500 }, (_, index) => `m${index}`);
  await putEnded(store, ids.slice(10_000), at, many);
  clock.jump(20 * day);
  const measured = new MeasuredStore(store);
  await using site = await new Site(measured, clock).begin();
  const young = await site.run('restart', 'h01');
  await site.pass(3600);
  // So many at a time; what is left an hour later.
  expect(await site.listed()).toEqual([young, ids.at(-1)]);
  await site.pass(3600 + look);
  expect(await site.listed()).toEqual([young]);
  await expectNothingDangling(store);
  expect(measured.largest).toBeGreaterThan(500);
  expect(measured.largest).toBeLessThanOrEqual(1_000);
  // Far fewer than one for each.
  expect(measured.writes).toBeLessThan(500);
});

/** Something happens to what is read, once, before the read of this number. */
class InterruptedStore extends FaultyStore {
  reads = 0;

  constructor(
    store: CachingStore,
    readonly at: number,
    readonly interrupt: () => Promise<unknown>,
  ) {
    super(store);
  }

  override async get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    await this.#read();
    return super.get(collection, key);
  }

  override async *list<T>(collection: Collection<T>, range?: ListRange): AsyncGenerator<Entry<T>> {
    await this.#read();
    for await (const entry of super.list(collection, range)) {
      yield entry;
      await this.#read();
    }
  }

  override async *listChunks(collection: ChunkCollection, range?: ChunkRange): AsyncGenerator<Chunk> {
    await this.#read();
    for await (const chunk of super.listChunks(collection, range)) {
      yield chunk;
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    this.reads += 1;
    if (this.reads === this.at) await this.interrupt();
  }
}

type Asking = (views: OperationViews, id: string) => Promise<unknown>;
const newestFirst = { field: { path: ['id'], kind: 'text' }, descending: true } as const;

test.each<[string, Asking]>([
  ['the record', (views, id) => views.get(id)],
  ['the v0 record', (views, id) => views.record(id, 'restart')],
  ['the journal', (views, id) => views.journal(id, { limit: 100 })],
  ['the log', (views, id) => views.log(id, 'h02', 0)],
  ['the folded output', (views, id) => views.folded(id)],
  ['the list', async (views) => Array.fromAsync((await views.select(everything)).records)],
  [
    'a sorted list',
    async (views) => Array.fromAsync((await views.select({ ...everything, sort: [newestFirst] })).records),
  ],
])(
  '%s of an operation that is removed while it is read is whole, or says that it is not there',
  async (what, ask) => {
    await using store = temporaryStore();
    const clock = new SteppedClock();
    await using site = await new Site(store, clock).begin();
    const removal = new Removal({ store, logLimit: site.logLimit, engine: site.engine });
    const { signal } = new AbortController();
    let outcomes = 0;
    for (let at = 1; ; at += 1) {
      const asked = request({
        kind: 'restart',
        cluster: '',
        strategy: { batch: 3, max_failures: 1 },
        parameters: { pieces: 2 },
      });
      const id = await runToEnd(site.engine, asked, ['h01', 'h02', 'h03']);
      const whole = await ask(site.views, id);
      const interrupted = new InterruptedStore(store, at, () => removal.remove([id], signal));
      const answer = await ask(new OperationViews(interrupted, site.engine), id).catch((error: unknown) => error);
      if (answer instanceof AppError)
        expect(answer, `read ${at} of ${what}`).toMatchObject({ code: 'operation_not_found' });
      // A list leaves out what is gone.
      else if (Array.isArray(answer) && answer.length === 0) expect(what).toContain('list');
      else expect(answer, `read ${at} of ${what}`).toEqual(whole);
      if (interrupted.reads < at) break;
      outcomes += 1;
      await expectNothingDangling(store);
    }
    expect(outcomes).toBeGreaterThan(2);
  },
  60_000,
);
