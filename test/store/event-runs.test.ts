import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import {
  type EventSource,
  eventRecords,
  type KeyedStore,
  records,
  type StoredEvent,
} from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { takeChecksums, writeRaw } from './raw.ts';

interface Line {
  at: string;
  n: number;
}

/** As operations and their journals are: without its owner a line is no event any more. */
const owners = records<{ name: string }>('owners');
const linesOf = (name: string): EventSource<Line> =>
  eventRecords<Line>(name, async (entries, reader) => {
    const told = entries.map(async ({ key, value }) => {
      const owner = await reader.get(owners, ownerOf(key));
      return owner && eventOf(name, owner.value.name, value);
    });
    return Promise.all(told);
  });
const [book, diary] = [linesOf('book'), linesOf('diary')];
const sources: Readonly<Record<string, EventSource<Line>>> = { book, diary };
const catalogue = [owners, book, diary].map((collection) => ({ collection, kept: 'for ever' }));

const lineKey = (owner: string, n: number) => `${owner}/${String(n).padStart(6, '0')}`;
const ownerOf = (key: string) => key.split('/')[0] ?? '';
const eventOf = (type: string, key: string, { at, n }: Line) => ({ at, type, action: 'written', key, data: { n } });

/** An event of a transaction: of its own, or one that stands in a line of an owner. */
type Step = 'own' | { source: string; owner: string };
type Act =
  | { kind: 'commit'; steps: readonly Step[] }
  | { kind: 'remove'; owner: string }
  /** One line, at a place in the log. */
  | { kind: 'remove line'; place: number }
  /** Up to a place in the log, as below. */
  | { kind: 'remove through'; place: number }
  | { kind: 'open again' }
  /** Past a place in the log, from 0 for its beginning to 1 for its end, and so many numbers at most. */
  | { kind: 'read'; after: number; limit: number; past: number };

const owner = fc.constantFrom('a', 'b', 'c');
const place = fc.double({ min: 0, max: 1, noNaN: true });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Step>('own') },
  { weight: 5, arbitrary: fc.record({ source: fc.constantFrom('book', 'diary'), owner }) },
);
const run = fc.tuple(step, fc.integer({ min: 1, max: 90 })).map(([one, times]) => Array<Step>(times).fill(one));
const steps = fc.oneof(fc.array(step, { minLength: 1, maxLength: 12 }), run);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const), steps }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), owner }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove line' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove through' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('open again' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      after: place,
      limit: fc.integer({ min: 1, max: 150 }),
      past: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 150 })),
    }),
  },
);

const acts = fc.array(act, { minLength: 5, maxLength: 15, size: 'max' });

/** What the log is to be: each event with whose it is, and in which row it stands. */
class Model {
  readonly events: Array<{ event: StoredEvent; owner: string | undefined; row: string }> = [];
  readonly #removed = new Set<number>();
  #row = { name: '', number: 0, events: 0 };

  add(event: StoredEvent, place: { source: string; owner: string } | undefined): void {
    const name = place === undefined ? '' : `${place.source} ${place.owner}`;
    const goesOn = name !== '' && name === this.#row.name && this.#row.events < 64;
    this.#row = goesOn
      ? { ...this.#row, events: this.#row.events + 1 }
      : { name, number: this.#row.number + 1, events: 1 };
    this.events.push({ event, owner: place?.owner, row: `${this.#row.number}` });
  }

  /** Drops rows from the front. */
  keep(rows: number): void {
    const isTooMuch = () => {
      const there = new Set(this.events.map(({ row }) => row)).size;
      return there > rows || (there > 1 && this.events.length > rows * 10);
    };
    while (isTooMuch()) {
      const oldest = this.events[0]?.row;
      while (this.events[0]?.row === oldest) this.events.shift();
    }
  }

  removeThrough(sequence: number): void {
    while (this.events.length > 1 && (this.events[0]?.event.sequence ?? 0) <= sequence) this.events.shift();
  }

  /** Where the event of the number stands, unless it stands for itself. */
  lineOf(sequence: number): { source: EventSource<Line>; key: string } | undefined {
    const found = this.events.find(({ event }) => event.sequence === sequence);
    if (found?.owner === undefined) return undefined;
    return { source: sources[found.event.type] ?? book, key: lineKey(found.owner, sequence) };
  }

  remove(sequence: number): void {
    this.#removed.add(sequence);
  }

  get(removed: ReadonlySet<string>): StoredEvent[] {
    const isThere = ({ event, owner = '' }: { event: StoredEvent; owner: string | undefined }) =>
      !removed.has(owner) && !this.#removed.has(event.sequence);
    return this.events.filter(isThere).map(({ event }) => event);
  }
}

async function holds(acts: readonly Act[], maxEvents: number): Promise<void> {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock, catalogue, maxEvents };
  let store: KeyedStore = openLmdbStore(options);
  const model = new Model();
  const removed = new Set<string>();
  let n = 0;
  const commit = async (steps: readonly Step[]) => {
    const { events } = await store.commit(async (tx) => {
      for (const place of steps) {
        n += 1;
        if (place === 'own') tx.emit({ type: 'own', action: 'done', key: String(n) });
        else {
          const [source, line] = [sources[place.source] ?? book, { at: `at ${n}`, n }];
          const key = lineKey(place.owner, n);
          tx.put(source, key, line);
          tx.put(owners, place.owner, { name: `owner ${place.owner}` });
          tx.emitFrom(source, key, eventOf(place.source, `owner ${place.owner}`, line));
          removed.delete(place.owner);
        }
      }
    });
    for (const [index, event] of events.entries()) {
      const place = steps[index];
      model.add(event, place === 'own' ? undefined : place);
    }
    model.keep(maxEvents);
  };
  try {
    for (const each of acts) {
      if (each.kind === 'commit') await commit(each.steps);
      if (each.kind === 'remove') {
        removed.add(each.owner);
        await store.transact(async (tx) => tx.delete(owners, each.owner));
      }
      if (each.kind === 'remove line') {
        const sequence = Math.round(each.place * n);
        const line = model.lineOf(sequence);
        if (line === undefined) continue;
        model.remove(sequence);
        await store.transact(async (tx) => tx.delete(line.source, line.key));
      }
      if (each.kind === 'remove through') {
        const through = Math.round(each.place * n);
        model.removeThrough(through);
        await store.events.removeThrough(through);
        const numbers = model.events.map(({ event }) => event.sequence);
        expect(await store.events.bounds()).toEqual({ first: numbers[0] ?? 0, last: numbers.at(-1) ?? 0 });
      }
      if (each.kind === 'open again') {
        await store.close();
        store = openLmdbStore(options);
      }
      if (each.kind !== 'read') continue;
      const { limit } = each;
      const after = Math.round(each.after * n);
      const last = after + each.past;
      const all = model.get(removed);
      const wanted = all.filter(({ sequence }) => sequence > after && sequence <= last).slice(0, limit);
      expect(await store.events.read(after, limit, last)).toEqual(wanted);
    }
    expect(await store.events.read(0, 1_000_000)).toEqual(model.get(removed));
    const numbers = model.events.map(({ event }) => event.sequence);
    expect(await store.events.bounds()).toEqual({ first: numbers[0] ?? 0, last: numbers.at(-1) ?? 0 });
  } finally {
    await store.close();
  }
}

test('a log in which events are rows of their own or stand in records reads as the plain list', async () => {
  await fc.assert(
    fc.asyncProperty(acts, (acts) => holds(acts, 100_000)),
    { numRuns: 20, endOnFailure: true },
  );
}, 240_000);

test('it keeps so many rows, and at most ten times as many events', async () => {
  await fc.assert(fc.asyncProperty(acts, fc.integer({ min: 1, max: 9 }), holds), {
    numRuns: 20,
  });
}, 240_000);

test('after the bound was lowered the log shrinks a little with each event, whatever its rows hold', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock, catalogue };
  const before = openLmdbStore(options);
  await before.transact(async (tx) => {
    for (let n = 1; n <= 100; n += 1) tx.emit({ type: 'own', action: 'done', key: String(n) });
  });
  await before.close();
  const store = openLmdbStore({ ...options, maxEvents: 50 });
  const firsts: number[] = [];
  for (const owner of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
    await store.transact(async (tx) => {
      tx.put(owners, owner, { name: owner });
      tx.put(book, `${owner}/1`, { at: 'then', n: 1 });
      tx.emitFrom(book, `${owner}/1`, eventOf('book', owner, { at: 'then', n: 1 }));
    });
    firsts.push((await store.events.bounds()).first);
  }
  expect(firsts).toEqual([11, 21, 31, 41, 51, 57, 58]);
  await store.close();
});

test('events of an earlier build are a row each, and count as such', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock, catalogue };
  const earlier = openLmdbStore(options);
  for (let n = 1; n <= 5; n += 1) {
    await earlier.transact(async (tx) => tx.emit({ type: 'own', action: 'done', key: String(n) }));
  }
  await earlier.close();
  await takeChecksums(directory.path);
  await writeRaw(directory.path, 'meta', 'counters', (bytes) => {
    const { eventRows, ...counters } = JSON.parse(bytes.toString());
    expect(eventRows).toBe(5);
    return Buffer.from(JSON.stringify(counters));
  });
  const store = openLmdbStore({ ...options, maxEvents: 4 });
  const line = { at: 'then', n: 1 };
  await store.transact(async (tx) => {
    tx.put(owners, 'a', { name: 'a' });
    tx.put(book, 'a/1', line);
    tx.emitFrom(book, 'a/1', eventOf('book', 'a', line));
  });
  const kept = await store.events.read(0, 10);
  expect(kept.map(({ sequence, type, key }) => [sequence, type, key])).toEqual([
    [3, 'own', '3'],
    [4, 'own', '4'],
    [5, 'own', '5'],
    [6, 'book', 'a'],
  ]);
  await store.close();
});

test('a run that is damaged keeps nobody from writing the next one', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock, catalogue };
  const write = (store: KeyedStore, n: number) =>
    store.transact(async (tx) => {
      const line = { at: 'then', n };
      tx.put(owners, 'a', { name: 'a' });
      tx.put(book, `a/${n}`, line);
      tx.emitFrom(book, `a/${n}`, eventOf('book', 'a', line));
    });
  const before = openLmdbStore(options);
  await write(before, 1);
  await before.close();
  await writeRaw(directory.path, 'events', '0000000000000001', (bytes) => bytes.subarray(0, -1));
  const store = openLmdbStore(options);
  await write(store, 2);
  await expect(store.events.read(0, 10)).rejects.toMatchObject({ collection: 'events', key: '0000000000000001' });
  expect(await store.events.read(1, 10)).toMatchObject([{ sequence: 2, data: { n: 2 } }]);
  await store.close();
});
