import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Entry,
  type ListRange,
  logRecords,
  records,
  type Store,
  type Transaction,
} from '../../src/store/contract.ts';
import { temporaryStore } from '../operations/support.ts';

const things = records<number>('things');
const others = logRecords<number>('others');

const put = (store: Store, ...keys: string[]) =>
  store.transact(async (tx) => {
    for (const key of keys) tx.put(things, key, 0);
  });
const keysOf = (entries: AsyncIterable<Entry<number>>) => Array.fromAsync(entries, ({ key }) => key);
const storedKeys = (store: Store) => keysOf(store.list(things));

test.each<[string, ListRange, string[]]>([
  ['all', {}, ['a/1', 'a/2', 'b/1', 'b/2', 'b/9', 'c/1']],
  ['reverse', { reverse: true }, ['c/1', 'b/9', 'b/2', 'b/1', 'a/2', 'a/1']],
  ['prefix', { prefix: 'b/' }, ['b/1', 'b/2', 'b/9']],
  ['from a key of its own', { from: 'b/1' }, ['b/1', 'b/2', 'b/9', 'c/1']],
  ['after a key of its own', { after: 'b/1' }, ['b/2', 'b/9', 'c/1']],
  ['after, in reverse', { after: 'b/2', reverse: true }, ['b/1', 'a/2', 'a/1']],
  ['limit', { limit: 2 }, ['a/1', 'a/2']],
  ['offset and limit', { offset: 1, limit: 3 }, ['a/2', 'b/1', 'b/2']],
  ['offset, in reverse', { prefix: 'b/', offset: 1, reverse: true }, ['b/2', 'b/1']],
  ['none', { limit: 0 }, []],
])('a list of a transaction has its new keys and not those it deleted: %s', async (_name, range, expected) => {
  await using store = temporaryStore();
  await put(store, 'a/1', 'a/3', 'b/2', 'c/1', 'd/1');
  const listed = await store.transact(async (tx) => {
    for (const key of ['b/9', 'b/1', 'a/2']) tx.put(things, key, 1);
    tx.put(things, 'gone', 1);
    for (const key of ['a/3', 'd/1', 'gone', 'never']) tx.delete(things, key);
    return keysOf(tx.list(things, range));
  });
  expect(listed).toEqual(expected);
});

test('keys that a transaction writes while it lists are in the next list', async () => {
  await using store = temporaryStore();
  await put(store, 'a', 'c');
  const lists = await store.transact(async (tx) => {
    const first = await Array.fromAsync(tx.list(things), ({ key }) => {
      tx.put(things, `${key}+`, 1);
      return key;
    });
    return [first, await keysOf(tx.list(things))];
  });
  expect(lists).toEqual([
    ['a', 'c'],
    ['a', 'a+', 'c', 'c+'],
  ]);
});

interface Meanwhile {
  what: string;
  range?: ListRange;
  /** Stops after so many entries. */
  stopAfter?: number;
  change: (tx: Transaction) => void;
  runs: number;
}

const among: Meanwhile[] = [
  { what: 'a key appears', change: (tx) => tx.put(things, 'b/5', 1), runs: 2 },
  { what: 'a key vanishes', change: (tx) => tx.delete(things, 'b/2'), runs: 2 },
  { what: 'a key is written with the value it had', change: (tx) => tx.put(things, 'b/2', 0), runs: 2 },
  { what: 'another range is written', change: (tx) => tx.put(things, 'c/1', 1), runs: 1 },
  { what: 'a key appears past the end of the range', change: (tx) => tx.put(things, 'b0', 1), runs: 1 },
  { what: 'a key appears before a limit', range: { limit: 1 }, change: (tx) => tx.put(things, 'b/0', 1), runs: 2 },
  { what: 'a key is written past a limit', range: { limit: 1 }, change: (tx) => tx.put(things, 'b/2', 1), runs: 1 },
  { what: 'the only entry vanishes', range: { limit: 1 }, change: (tx) => tx.delete(things, 'b/1'), runs: 2 },
  { what: 'a key is written past a stop', stopAfter: 2, change: (tx) => tx.put(things, 'b/3', 1), runs: 1 },
  { what: 'a key is written before a stop', stopAfter: 2, change: (tx) => tx.put(things, 'b/2', 1), runs: 2 },
  {
    what: 'a key appears before a limit in reverse',
    range: { limit: 1, reverse: true },
    change: (tx) => tx.put(things, 'b/4', 1),
    runs: 2,
  },
  {
    what: 'a key appears past a limit in reverse',
    range: { limit: 1, reverse: true },
    change: (tx) => tx.put(things, 'b/2+', 1),
    runs: 1,
  },
  {
    what: 'a key that an offset left out vanishes',
    range: { offset: 1, limit: 1 },
    change: (tx) => tx.delete(things, 'b/1'),
    runs: 2,
  },
  { what: 'nothing was asked for', range: { limit: 0 }, change: (tx) => tx.put(things, 'b/0', 1), runs: 1 },
];

test.each(among)('what a list read is compared at the commit: $what', async ({ range, stopAfter, change, runs }) => {
  await using store = temporaryStore();
  await put(store, 'a/1', 'b/1', 'b/2', 'b/3');
  let ran = 0;
  await store.transact(async (tx) => {
    ran += 1;
    let read = 0;
    for await (const _entry of tx.list(things, { prefix: 'b/', ...range })) {
      read += 1;
      if (read === stopAfter) break;
    }
    if (ran === 1) await store.transact(async (other) => change(other));
    tx.put(others, 'done', read);
  });
  expect(ran).toBe(runs);
});

test('a list that is stopped at a key of its own is compared up to that key', async () => {
  await using store = temporaryStore();
  await put(store, 'a', 'z');
  const meanwhile = async (key: string) => {
    let ran = 0;
    await store.transact(async (tx) => {
      ran += 1;
      tx.put(things, 'm', ran);
      await keysOf(tx.list(things, { limit: 2 }));
      if (ran === 1) await put(store, key);
    });
    await store.transact(async (tx) => tx.delete(things, 'm'));
    return ran;
  };
  expect(await meanwhile('z')).toBe(1);
  expect(await meanwhile('n')).toBe(1);
  expect(await meanwhile('c')).toBe(2);
});

test('of two that each see nobody on duty but themselves, one goes off', async () => {
  await using store = temporaryStore();
  for (let round = 0; round < 20; round += 1) {
    await put(store, 'alice', 'bob');
    const goOff = (name: string) =>
      store.transact(async (tx) => {
        if ((await keysOf(tx.list(things))).length > 1) tx.delete(things, name);
      });
    await Promise.all([goOff('alice'), goOff('bob')]);
    expect(await storedKeys(store)).toHaveLength(1);
  }
});

/** A step of a transaction. What it writes hangs on all that the transaction read before. */
type Step =
  | { does: 'get'; key: string }
  | { does: 'put'; key: string }
  | { does: 'delete'; key: string }
  | { does: 'list'; range: ListRange; stopAfter: number };

const key = fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2', 'b/3', 'c/1');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('get' as const), key }),
  fc.record({ does: fc.constant('put' as const), key }),
  fc.record({ does: fc.constant('delete' as const), key }),
  fc.record({
    does: fc.constant('list' as const),
    range: fc.record(
      {
        prefix: fc.constantFrom('a/', 'b/'),
        from: key,
        after: key,
        offset: fc.integer({ min: 0, max: 2 }),
        limit: fc.integer({ min: 0, max: 3 }),
        reverse: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    stopAfter: fc.integer({ min: 1, max: 6 }),
  }),
);
/** Each actor makes its transactions one after the other; the actors go on beside each other. */
const actors = fc.array(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }), {
  minLength: 2,
  maxLength: 4,
});

/** The same over a map: what the contract of a list says, in the plainest way. */
function modelList(model: ReadonlyMap<string, number>, range: ListRange): Array<[string, number]> {
  const { prefix = '', from = '', after, offset = 0, limit = model.size, reverse = false } = range;
  const sorted = [...model].sort(([one], [other]) => (one < other ? -1 : 1));
  if (reverse) sorted.reverse();
  return sorted
    .filter(([key]) => key.startsWith(prefix) && key >= from)
    .filter(([key]) => after === undefined || (reverse ? key < after : key > after))
    .slice(offset, offset + limit);
}

/** Makes of what was read one number, so that whoever read something else writes something else. */
class Digest {
  value = 7;
  take(...parts: unknown[]): void {
    for (const letter of JSON.stringify(parts)) this.value = (this.value * 31 + letter.charCodeAt(0)) % 1_000_003;
  }
}

async function perform(tx: Transaction, name: string, steps: readonly Step[]): Promise<void> {
  const read = new Digest();
  for (const step of steps) {
    if (step.does === 'get') read.take(step.key, (await tx.get(things, step.key))?.value);
    else if (step.does === 'put') tx.put(things, step.key, read.value);
    else if (step.does === 'delete') tx.delete(things, step.key);
    else {
      let left = step.stopAfter;
      for await (const { key, value } of tx.list(things, step.range)) {
        read.take(key, value);
        left -= 1;
        if (left === 0) break;
      }
    }
  }
  tx.put(others, name, read.value);
  tx.emit({ type: 'transaction', action: 'done', key: name });
}

function performOnModel(model: Map<string, number>, steps: readonly Step[]): number {
  const read = new Digest();
  for (const step of steps) {
    if (step.does === 'get') read.take(step.key, model.get(step.key));
    else if (step.does === 'put') model.set(step.key, read.value);
    else if (step.does === 'delete') model.delete(step.key);
    else for (const [key, value] of modelList(model, step.range).slice(0, step.stopAfter)) read.take(key, value);
  }
  return read.value;
}

test('transactions at the same time come to what they come to in the order of their commits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key), actors, async (initial, all) => {
      await using store = temporaryStore();
      await put(store, ...initial);
      const byName = new Map<string, Step[]>();
      for (const [actor, transactions] of all.entries()) {
        for (const [n, steps] of transactions.entries()) byName.set(`${actor}-${n}`, steps);
      }
      await Promise.all(
        all.map(async (transactions, actor) => {
          for (const [n, steps] of transactions.entries()) {
            await store.transact((tx) => perform(tx, `${actor}-${n}`, steps));
          }
        }),
      );
      // The events are numbered by the commits.
      const committed = (await store.events.read(0, 1_000)).map((event) => event.key);
      expect(committed.toSorted()).toEqual([...byName.keys()].toSorted());
      const model = new Map(initial.map((key) => [key, 0]));
      const read = committed.map((name) => [name, performOnModel(model, byName.get(name) ?? [])] as const);
      expect(await Array.fromAsync(store.list(others), ({ key, value }) => [key, value])).toEqual(
        read.toSorted(([one], [other]) => (one < other ? -1 : 1)),
      );
      expect(await Array.fromAsync(store.list(things), ({ key, value }) => [key, value])).toEqual(modelList(model, {}));
    }),
    { numRuns: 60 },
  );
});

describe('a transaction that only reads tells of one moment', () => {
  const both = async (store: Store, read: (tx: Transaction, between: () => Promise<unknown>) => Promise<unknown>) => {
    await put(store, 'a', 'b');
    let runs = 0;
    const change = () =>
      store.transact(async (tx) => {
        for (const key of ['a', 'b']) tx.put(things, key, 1);
        tx.put(things, 'c', 1);
      });
    const result = await store.transact((tx) => {
      runs += 1;
      return read(tx, async () => runs === 1 && change());
    });
    return [result, runs];
  };

  test('of two keys', async () => {
    await using store = temporaryStore();
    const read = await both(store, async (tx, between) => {
      const one = await tx.get(things, 'a');
      await between();
      return [one?.value, (await tx.get(things, 'b'))?.value];
    });
    expect(read).toEqual([[1, 1], 2]);
  });

  test('of a list', async () => {
    await using store = temporaryStore();
    const read = await both(store, async (tx, between) => {
      const values: number[] = [];
      for await (const { value } of tx.list(things)) {
        values.push(value);
        await between();
      }
      return values;
    });
    expect(read).toEqual([[1, 1, 1], 2]);
  });

  test('of a key and a list that finds nothing', async () => {
    await using store = temporaryStore();
    const read = await both(store, async (tx, between) => {
      const none = await keysOf(tx.list(things, { prefix: 'c' }));
      await between();
      return [none, (await tx.get(things, 'a'))?.value];
    });
    expect(read).toEqual([[['c'], 1], 2]);
  });

  test('of one key at once, which cannot be anything else', async () => {
    await using store = temporaryStore();
    const read = await both(store, async (tx, between) => {
      const one = await tx.get(things, 'a');
      await between();
      return one?.value;
    });
    expect(read).toEqual([0, 1]);
  });

  test('and ends with a conflict when it never gets through', async () => {
    await using store = temporaryStore();
    const losing = store.transact(async (tx) => {
      await tx.get(things, 'a');
      await put(store, 'a');
      await tx.get(things, 'b');
    });
    await expect(losing).rejects.toMatchObject({ code: 'conflict' });
  });
});
