import { expect, test } from 'vitest';
import { Follower, type Step } from '../../src/api/event-follower.ts';
import { EventFeed } from '../../src/events/feed.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { succeeded } from '../../src/operations/kind.ts';
import { Removal } from '../../src/operations/removal.ts';
import {
  type EventLog,
  eventRecords,
  type KeyedStore,
  records,
  type Store,
  type StoredEvent,
} from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import {
  engineOn,
  hostsNamed,
  kindOf,
  request,
  runToEnd,
  SteppedClock,
  temporaryStore,
} from '../operations/support.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const everything = { isWanted: () => true, refresh: async () => {} };
const ended = kindOf({ run: async () => succeeded(0) });
const owners = records<object>('operations');

function opened(maxEvents = 100_000): { store: KeyedStore } & AsyncDisposable {
  const directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock, maxEvents });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

/** Runs an operation on so many hosts, which all succeed: `started`, two events for each, and `finished`. */
async function operationOn(store: Store, hosts: number): Promise<string> {
  return runToEnd(engineOn(store, [ended]), request({ strategy: { batch: '100%' } }), hostsNamed(hosts));
}

async function remove(store: Store, id: string): Promise<void> {
  const engine = engineOn(store, [ended]);
  const removal = new Removal({ store, engine, logLimit: { remove: async () => {} } });
  await removal.remove([id], new AbortController().signal);
}

function follower(store: Store, since: number, clock = new SteppedClock()) {
  const feed = new EventFeed({ log: store.events, clock, heartbeat: 1000 });
  const following = new Follower(feed, { since, choice: everything, onCutOff: () => {} });
  return {
    clock,
    next: () => following.next(),
    get position() {
      return following.position;
    },
    [Symbol.dispose]() {
      following[Symbol.dispose]();
      feed[Symbol.dispose]();
    },
  };
}

function sequencesOf(step: Step): number[] {
  return step.kind === 'events' ? step.events.map(({ event }) => event.sequence) : [];
}

test('an operation that is removed while somebody is in the middle of its events is no gap', async () => {
  await using site = opened();
  const { store } = site;
  const id = await operationOn(store, 100);
  const { last } = await store.events.bounds();
  using reader = follower(store, 0);
  const first = sequencesOf(await reader.next());
  expect(first).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
  await remove(store, id);
  const rest = await reader.next();
  expect(rest).toMatchObject({ kind: 'events' });
  const names = rest.kind === 'events' ? rest.events.map(({ event }) => `${event.type}.${event.action}`) : [];
  expect(names).toEqual(['operation.finished', 'operation.removed']);
  expect(sequencesOf(rest)).toEqual([last, last + 1]);
});

test('of an operation that was removed before, what ended badly and the operation itself are still told of', async () => {
  await using site = opened();
  const { store } = site;
  const id = await operationOn(store, 5);
  await remove(store, id);
  const actions = (await store.events.read(0, 100)).map(({ action }) => action);
  expect(actions).toEqual(['started', 'finished', 'removed']);
});

test('a gap ends before the oldest event that is kept, also when the numbers after it are missing', async () => {
  await using site = opened(4);
  const { store } = site;
  const emit = (key: string) => store.transact(async (tx) => tx.emit({ type: 'user', action: 'posted', key }));
  for (const key of ['a', 'b', 'c']) await emit(key);
  // Rows: a, b, c, started, a run, finished.
  const id = await operationOn(store, 3);
  await store.transact(async (tx) => tx.delete(owners, id));
  const { first, last } = await store.events.bounds();
  using reader = follower(store, 0);
  expect(await reader.next()).toEqual({ kind: 'gap', first: 1, last: first - 1 });
  expect(sequencesOf(await reader.next())).toEqual([3, 4, last]);
});

test('whoever has read all there is waits, also when the newest events are gone', async () => {
  const lines = eventRecords<{ at: string }>('lines', async (entries) =>
    entries.map(({ key, value }) => ({ ...value, type: 'line', action: 'written', key })),
  );
  await using site = opened();
  const { store } = site;
  await store.transact(async (tx) => {
    tx.emit({ type: 'user', action: 'posted', key: '' });
    for (const key of ['a/1', 'a/2']) {
      tx.put(lines, key, { at: 'then' });
      tx.emitFrom(lines, key, { at: 'then', type: 'line', action: 'written', key });
    }
  });
  await store.transact(async (tx) => tx.delete(lines, 'a/1'));
  await store.transact(async (tx) => tx.delete(lines, 'a/2'));
  using reader = follower(store, 0);
  expect(sequencesOf(await reader.next())).toEqual([1]);
  const waiting = reader.next();
  await until(() => reader.position === 3);
  await reader.clock.pass(1);
  expect(await waiting).toEqual({ kind: 'quiet' });
});

test('an event that is told of again, at once or later, is one event to who follows', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  faulty.timesTold = ({ sequence }) => (sequence % 2) + 1;
  let tell: (event: StoredEvent) => void = () => {};
  const log: EventLog = {
    read: (after, limit, last) => faulty.events.read(after, limit, last),
    bounds: () => faulty.events.bounds(),
    removeThrough: (sequence) => faulty.events.removeThrough(sequence),
    subscribe: (listener) => {
      tell = listener;
      return faulty.events.subscribe(listener);
    },
  };
  using feed = new EventFeed({ log, clock: systemClock });
  let woken = 0;
  using _ = feed.listen({
    position: 0,
    wake() {
      woken += 1;
    },
    beat() {},
  });
  const all: StoredEvent[] = [];
  for (let n = 1; n <= 6; n += 1) {
    const { events } = await store.commit(async (tx) => tx.emit({ type: 'thing', action: 'changed', key: String(n) }));
    all.push(...events);
  }
  for (const event of all.slice(0, 3)) tell(event);
  expect(woken).toBe(6);
  expect([feed.isPast(5), feed.isPast(6), await feed.position()]).toEqual([true, false, 6]);
  for (let position = 0; position <= 6; position += 1) {
    const page = await feed.after(position);
    if ('lost' in page) throw new Error('nothing is lost');
    expect(page.events.map(({ event }) => event)).toEqual(all.slice(position));
    expect(page.reached).toBe(6);
  }
});
