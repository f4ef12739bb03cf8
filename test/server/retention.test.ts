import { expect, test } from 'vitest';
import { AuditRetention } from '../../src/audit/retention.ts';
import { verifyStored } from '../../src/audit/stored-trail.ts';
import { Trail } from '../../src/audit/trail.ts';
import { DeadLetterRetention } from '../../src/hooks/dead-letter-retention.ts';
import { deadLetterRecords } from '../../src/hooks/dead-letters.ts';
import { timestamp } from '../../src/lib/clock.ts';
import type { Sweep } from '../../src/lib/sweep.ts';
import { EventRetention } from '../../src/server/event-retention.ts';
import { Retention } from '../../src/server/retention.ts';
import type { Store } from '../../src/store/contract.ts';
import { ProcessLeases } from '../../src/store/leases.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { RecordingLogger, temporaryStore } from '../operations/support.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const day = 86_400_000;
const hour = 3_600_000;
const signal = new AbortController().signal;

/** A clock that only a test moves. */
class StandingClock {
  #now = Date.UTC(2026, 0, 1);
  #monotonic = 0;
  now = () => new Date(this.#now);
  monotonic = () => this.#monotonic;
  sleep = (_ms: number, stop?: AbortSignal) =>
    new Promise<void>((_, reject) => stop?.addEventListener('abort', () => reject(stop.reason), { once: true }));
  pass(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }
  /** The calendar alone. */
  jump(ms: number): void {
    this.#now += ms;
  }
}

function bench() {
  const directory = temporaryDirectory();
  const clock = new StandingClock();
  const store = openLmdbStore({ directory: directory.path, clock });
  return {
    clock,
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

const emit = (store: Store, key: string) =>
  store.transact(async (tx) => tx.emit({ type: 'thing', action: 'created', key }));

test('events that are too old go once an hour has found them so, but for the newest', async () => {
  await using site = bench();
  const { store, clock } = site;
  const retention = new EventRetention({ events: store.events, clock, days: 10 });
  for (const key of ['a', 'b']) await emit(store, key);
  clock.pass(6 * day);
  await emit(store, 'c');
  clock.pass(4 * day);
  expect(await retention.sweep(signal)).toBe(0);
  expect(await store.events.bounds()).toEqual({ first: 1, last: 3 });
  clock.pass(hour);
  expect(await retention.sweep(signal)).toBe(2);
  expect(await store.events.bounds()).toEqual({ first: 3, last: 3 });
  expect((await store.events.read(0, 10)).map(({ key }) => key)).toEqual(['c']);
  clock.pass(100 * day);
  for (let look = 0; look < 3; look += 1) {
    expect(await retention.sweep(signal)).toBe(0);
    clock.pass(hour);
  }
  await emit(store, 'd');
  expect((await store.events.read(0, 10)).map(({ sequence, key }) => [sequence, key])).toEqual([
    [3, 'c'],
    [4, 'd'],
  ]);
});

test('a calendar that is wrong for a moment removes nothing', async () => {
  await using site = bench();
  const { store, clock } = site;
  const retention = new EventRetention({ events: store.events, clock, days: 10 });
  for (const key of ['a', 'b', 'c']) await emit(store, key);
  await retention.sweep(signal);
  clock.pass(hour);
  clock.jump(1_000 * day);
  expect(await retention.sweep(signal)).toBe(0);
  clock.jump(-1_000 * day);
  for (let look = 0; look < 3; look += 1) {
    expect(await retention.sweep(signal)).toBe(0);
    clock.pass(hour);
  }
  expect(await store.events.bounds()).toEqual({ first: 1, last: 3 });
});

test('very many old events go in transactions of a bounded size', async () => {
  await using site = bench();
  const { store, clock } = site;
  const retention = new EventRetention({ events: store.events, clock, days: 1 });
  await store.transact(async (tx) => {
    for (let n = 1; n <= 1_201; n += 1) tx.emit({ type: 'thing', action: 'created', key: String(n) });
  });
  clock.pass(2 * day);
  await retention.sweep(signal);
  clock.pass(hour);
  expect(await retention.sweep(signal)).toBe(1_200);
  expect(await store.events.bounds()).toEqual({ first: 1_201, last: 1_201 });
  expect(await store.events.read(0, 10)).toMatchObject([{ sequence: 1_201 }]);
});

test('entries of the audit trail that are too old go, and what is left is whole', async () => {
  await using site = bench();
  const { store, clock } = site;
  const trail = new Trail({ store, clock, logger: new RecordingLogger(), limit: 1_000 });
  await trail.begin();
  const retention = new AuditRetention({ store, clock, trail, days: 10 });
  const subject = { request_id: 'r', who: 'w', method: 'm', peer: 'p', action: 'a', target: 't' };
  for (let n = 0; n < 3; n += 1) await trail.append({ ...subject, result: 'accepted' });
  clock.pass(6 * day);
  await trail.append({ ...subject, result: 'accepted' });
  clock.pass(4 * day);
  expect(await retention.sweep(signal)).toBe(0);
  clock.pass(hour);
  expect(await retention.sweep(signal)).toBe(3);
  expect(await verifyStored(store)).toMatchObject({ whole: true, first: 4, removed: 3, last: { sequence: 4 } });
  clock.pass(100 * day);
  await retention.sweep(signal);
  clock.pass(hour);
  // The newest stays.
  expect(await retention.sweep(signal)).toBe(0);
  await trail.append({ ...subject, result: 'accepted' });
  expect(await verifyStored(store)).toMatchObject({ whole: true, first: 4, last: { sequence: 5 } });
  await trail[Symbol.asyncDispose]();
});

test('what a hook gave up on too long ago goes', async () => {
  await using site = bench();
  const { store, clock } = site;
  const retention = new DeadLetterRetention({ store, clock, days: 10 });
  const letter = (sequence: number) => {
    const at = timestamp(clock.now());
    const event = { sequence, at, type: 'thing', action: 'created', key: 'a' };
    return store.transact(async (tx) =>
      tx.put(deadLetterRecords, `${sequence}/h`, { hook: 'h', event, reason: 'r', attempts: 1, at }),
    );
  };
  await letter(1);
  clock.pass(6 * day);
  await letter(2);
  clock.pass(4 * day);
  expect(await retention.sweep(signal)).toBe(0);
  clock.pass(hour);
  expect(await retention.sweep(signal)).toBe(1);
  expect(await Array.fromAsync(store.list(deadLetterRecords), ({ key }) => key)).toEqual(['2/h']);
});

test('of two servers one removes at a time', async () => {
  await using store = temporaryStore();
  const leases = new ProcessLeases(store);
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const retentionOf = (name: string) => {
    const sweep = async () => {
      order.push(`${name} begins`);
      await gate.promise;
      order.push(`${name} ends`);
      return 0;
    };
    const sweeps: Sweep[] = [{ what: 'things', sweep }];
    return new Retention({ leases, clock: new StandingClock(), logger: new RecordingLogger(), sweeps });
  };
  const both = [retentionOf('one'), retentionOf('other')];
  for (const each of both) await each.begin();
  await until(() => order.length === 1);
  gate.resolve();
  await until(() => order.length === 4);
  for (const each of both) await each[Symbol.asyncDispose]();
  expect(order).toEqual(['one begins', 'one ends', 'other begins', 'other ends']);
});

test('one that fails keeps no other from being done, and the log says so', async () => {
  const logger = new RecordingLogger();
  const failing: Sweep = { what: 'things', sweep: () => Promise.reject(new Error('no')) };
  const done: Sweep = { what: 'others', sweep: async () => 3 };
  await using store = temporaryStore();
  const leases = new ProcessLeases(store);
  const retention = new Retention({ leases, clock: new StandingClock(), logger, sweeps: [failing, done] });
  await retention.begin();
  await until(() => logger.lines.length === 2);
  await retention[Symbol.asyncDispose]();
  expect(logger.lines).toEqual([
    { level: 'error', message: 'old things could not be removed', details: { error: 'no' } },
    { level: 'info', message: 'removed old others', details: { others: 3 } },
  ]);
});
