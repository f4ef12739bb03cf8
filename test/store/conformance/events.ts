import { expect, test } from 'vitest';
import type { StoredEvent } from '../../../src/store/contract.ts';
import { until } from '../../support/until.ts';
import { type Conformant, things } from './conformant.ts';

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
}
