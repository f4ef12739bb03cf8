import { expect, test } from 'vitest';
import { eventRecords, type StoredEvent } from '../../../src/store/contract.ts';
import { until } from '../../support/until.ts';
import { type Conformant, things } from './conformant.ts';

interface Line {
  at: string;
  n: number;
}

const told = (n: number) => ({ at: `at ${n}`, type: 'line', action: 'written', key: 'page', data: { n } });
/** Each is an event, if its number is no multiple of ten. */
const lines = eventRecords<Line>('lines', async (entries) =>
  entries.map(({ value }) => (value.n % 10 === 0 ? undefined : told(value.n))),
);

/** The log of events, and who is told of them. */
export function eventsConform(conformant: Conformant): void {
  test('the event log keeps its bound, numbers without gaps, and tells listeners in order', async () => {
    await using opened = await conformant.open({ maxEvents: 10 });
    const { store } = opened;
    const heard: StoredEvent[] = [];
    using _subscription = store.events.subscribe((event) => heard.push(event));
    for (let n = 1; n <= 25; n += 1) {
      await store.transact(async (tx) => tx.emit({ type: 'thing', action: 'changed', key: String(n) }));
    }
    expect(await store.events.bounds()).toEqual({ first: 16, last: 25 });
    expect((await store.events.read(20, 3)).map(({ sequence }) => sequence)).toEqual([21, 22, 23]);
    expect(heard.map(({ key }) => key)).toEqual(Array.from({ length: 25 }, (_, index) => String(index + 1)));
  });

  test('events are removed from the oldest on, but for the newest', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await store.transact(async (tx) => {
      for (const key of ['1', '2', '3', '4']) tx.emit({ type: 'thing', action: 'changed', key });
    });
    await store.events.removeThrough(2);
    expect(await store.events.bounds()).toEqual({ first: 3, last: 4 });
    expect((await store.events.read(0, 10)).map(({ key }) => key)).toEqual(['3', '4']);
    await store.events.removeThrough(100);
    expect(await store.events.bounds()).toEqual({ first: 4, last: 4 });
    await store.events.removeThrough(1);
    expect((await store.events.read(0, 10)).map(({ sequence }) => sequence)).toEqual([4]);
  });

  test('a listener that throws harms neither the transaction nor the other listeners', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const heard: number[] = [];
    const told: unknown[] = [];
    const failure = new Error('this listener always fails');
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => told.push(error));
    try {
      using _throwing = store.events.subscribe(() => {
        throw failure;
      });
      using _hearing = store.events.subscribe(({ sequence }) => heard.push(sequence));
      for (const n of [1, 2]) {
        await store.transact(async (tx) => {
          tx.put(things, 'a', { n });
          tx.emit({ type: 'thing', action: 'changed', key: 'a' });
        });
      }
      await until(() => told.length === 2);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    }
    expect(told).toEqual([failure, failure]);
    expect(heard).toEqual([1, 2]);
    expect((await store.get(things, 'a'))?.value).toEqual({ n: 2 });
  });

  test('listeners hear of events in their order, however many transactions there are at once', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const heard: number[] = [];
    using _subscription = store.events.subscribe(({ sequence }) => heard.push(sequence));
    const emit = async (key: string) => {
      for (let n = 0; n < 20; n += 1) {
        await store.transact(async (tx) => {
          tx.put(things, key, { n });
          for (const action of ['one', 'two']) tx.emit({ type: 'thing', action, key });
        });
      }
    };
    await Promise.all(Array.from({ length: 15 }, (_, index) => emit(String(index))));
    expect(heard).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
  });

  test('a commit tells which events it wrote, and none of those of others', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const emit = (key: string) =>
      store.commit(async (tx) => {
        for (const action of ['one', 'two']) tx.emit({ type: 'thing', action, key });
        return key;
      });
    const committed = await Promise.all(['a', 'b', 'c'].map(emit));
    const written = await store.events.read(0, 10);
    for (const { result, events } of committed) {
      expect(events).toEqual(written.filter(({ key }) => key === result));
      expect(events.map(({ action }) => action)).toEqual(['one', 'two']);
    }
    expect(await store.commit(async () => 'nothing')).toEqual({ result: 'nothing', events: [] });
  });

  test('an event that stands in a record is told as it is, read from there, and gone with the record', async () => {
    const collections = [lines, things];
    await using opened = await conformant.open({ collections });
    const { store } = opened;
    const heard: StoredEvent[] = [];
    using subscription = store.events.subscribe((event) => heard.push(event));
    const committed: StoredEvent[] = [];
    for (const first of [1, 4]) {
      const { events } = await store.commit(async (tx) => {
        for (const n of [first, first + 1, first + 2]) {
          tx.put(lines, `l/${n}`, { at: `at ${n}`, n });
          tx.emitFrom(lines, `l/${n}`, told(n));
        }
        tx.emit({ type: 'page', action: 'turned', key: 'page' });
      });
      committed.push(...events);
    }
    expect(committed.map(({ sequence, type, data }) => [sequence, type, data?.n])).toEqual([
      [1, 'line', 1],
      [2, 'line', 2],
      [3, 'line', 3],
      [4, 'page', undefined],
      [5, 'line', 4],
      [6, 'line', 5],
      [7, 'line', 6],
      [8, 'page', undefined],
    ]);
    expect(heard).toEqual(committed);
    expect(await store.events.read(0, 100)).toEqual(committed);
    expect(await store.events.read(2, 3)).toEqual(committed.slice(2, 5));
    subscription[Symbol.dispose]();
    const after = await opened.reopen({ collections });
    expect(await after.events.read(0, 100)).toEqual(committed);
    await after.transact(async (tx) => {
      tx.delete(lines, 'l/2');
      tx.put(lines, 'l/5', { at: 'later', n: 10 });
    });
    const left = committed.filter(({ data }) => data?.n !== 2 && data?.n !== 5);
    expect(await after.events.read(0, 100)).toEqual(left);
    expect(await after.events.read(1, 1)).toEqual(committed.slice(2, 3));
    expect(await after.events.bounds()).toEqual({ first: 1, last: 8 });
  });
}
