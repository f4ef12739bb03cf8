import { describe, expect, test } from 'vitest';
import type { ListRange, Store, Transaction } from '../../../src/store/contract.ts';
import { type Conformant, keysOf, logged, numbers, putNumbers } from './conformant.ts';

interface Meanwhile {
  what: string;
  range?: ListRange;
  /** Stops after so many entries. */
  stopAfter?: number;
  change: (tx: Transaction) => void;
  runs: number;
}

const among: Meanwhile[] = [
  { what: 'a key appears', change: (tx) => tx.put(numbers, 'b/5', 1), runs: 2 },
  { what: 'a key vanishes', change: (tx) => tx.delete(numbers, 'b/2'), runs: 2 },
  { what: 'a key is written with the value it had', change: (tx) => tx.put(numbers, 'b/2', 0), runs: 2 },
  { what: 'another range is written', change: (tx) => tx.put(numbers, 'c/1', 1), runs: 1 },
  { what: 'a key appears past the end of the range', change: (tx) => tx.put(numbers, 'b0', 1), runs: 1 },
  { what: 'a key appears before a limit', range: { limit: 1 }, change: (tx) => tx.put(numbers, 'b/0', 1), runs: 2 },
  { what: 'a key is written past a limit', range: { limit: 1 }, change: (tx) => tx.put(numbers, 'b/2', 1), runs: 1 },
  { what: 'the only entry vanishes', range: { limit: 1 }, change: (tx) => tx.delete(numbers, 'b/1'), runs: 2 },
  { what: 'a key is written past a stop', stopAfter: 2, change: (tx) => tx.put(numbers, 'b/3', 1), runs: 1 },
  { what: 'a key is written before a stop', stopAfter: 2, change: (tx) => tx.put(numbers, 'b/2', 1), runs: 2 },
  {
    what: 'a key appears before a limit in reverse',
    range: { limit: 1, reverse: true },
    change: (tx) => tx.put(numbers, 'b/4', 1),
    runs: 2,
  },
  {
    what: 'a key appears past a limit in reverse',
    range: { limit: 1, reverse: true },
    change: (tx) => tx.put(numbers, 'b/2+', 1),
    runs: 1,
  },
  {
    what: 'a key that an offset left out vanishes',
    range: { offset: 1, limit: 1 },
    change: (tx) => tx.delete(numbers, 'b/1'),
    runs: 2,
  },
  { what: 'nothing was asked for', range: { limit: 0 }, change: (tx) => tx.put(numbers, 'b/0', 1), runs: 1 },
];

/** What a transaction lists has its own writes, and what it read is compared at its commit. */
export function comparingConforms(conformant: Conformant): void {
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
    await using opened = await conformant.open();
    const { store } = opened;
    await putNumbers(store, 'a/1', 'a/3', 'b/2', 'c/1', 'd/1');
    const listed = await store.transact(async (tx) => {
      for (const key of ['b/9', 'b/1', 'a/2']) tx.put(numbers, key, 1);
      tx.put(numbers, 'gone', 1);
      for (const key of ['a/3', 'd/1', 'gone', 'never']) tx.delete(numbers, key);
      return keysOf(tx.list(numbers, range));
    });
    expect(listed).toEqual(expected);
  });

  test('keys that a transaction writes while it lists are in the next list', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await putNumbers(store, 'a', 'c');
    const lists = await store.transact(async (tx) => {
      const first = await Array.fromAsync(tx.list(numbers), ({ key }) => {
        tx.put(numbers, `${key}+`, 1);
        return key;
      });
      return [first, await keysOf(tx.list(numbers))];
    });
    expect(lists).toEqual([
      ['a', 'c'],
      ['a', 'a+', 'c', 'c+'],
    ]);
  });

  test.each(among)('what a list read is compared at the commit: $what', async ({ range, stopAfter, change, runs }) => {
    await using opened = await conformant.open();
    const { store } = opened;
    await putNumbers(store, 'a/1', 'b/1', 'b/2', 'b/3');
    let ran = 0;
    await store.transact(async (tx) => {
      ran += 1;
      let read = 0;
      for await (const _entry of tx.list(numbers, { prefix: 'b/', ...range })) {
        read += 1;
        if (read === stopAfter) break;
      }
      if (ran === 1) await store.transact(async (other) => change(other));
      tx.put(logged, 'done', read);
    });
    expect(ran).toBe(runs);
  });

  test('a list that is stopped at a key of its own is compared up to that key', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await putNumbers(store, 'a', 'z');
    const meanwhile = async (key: string) => {
      let ran = 0;
      await store.transact(async (tx) => {
        ran += 1;
        tx.put(numbers, 'm', ran);
        await keysOf(tx.list(numbers, { limit: 2 }));
        if (ran === 1) await putNumbers(store, key);
      });
      await store.transact(async (tx) => tx.delete(numbers, 'm'));
      return ran;
    };
    expect(await meanwhile('z')).toBe(1);
    expect(await meanwhile('n')).toBe(1);
    expect(await meanwhile('c')).toBe(2);
  });

  test('of two that each see nobody on duty but themselves, one goes off', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    for (let round = 0; round < 20; round += 1) {
      await putNumbers(store, 'alice', 'bob');
      const goOff = (name: string) =>
        store.transact(async (tx) => {
          if ((await keysOf(tx.list(numbers))).length > 1) tx.delete(numbers, name);
        });
      await Promise.all([goOff('alice'), goOff('bob')]);
      expect(await keysOf(store.list(numbers))).toHaveLength(1);
    }
  });

  describe('a transaction that only reads tells of one moment', () => {
    const both = async (store: Store, read: (tx: Transaction, between: () => Promise<unknown>) => Promise<unknown>) => {
      await putNumbers(store, 'a', 'b');
      let runs = 0;
      const change = () =>
        store.transact(async (tx) => {
          for (const key of ['a', 'b']) tx.put(numbers, key, 1);
          tx.put(numbers, 'c', 1);
        });
      const result = await store.transact((tx) => {
        runs += 1;
        return read(tx, async () => runs === 1 && change());
      });
      return [result, runs];
    };

    test('of two keys', async () => {
      await using opened = await conformant.open();
      const { store } = opened;
      const read = await both(store, async (tx, between) => {
        const one = await tx.get(numbers, 'a');
        await between();
        return [one?.value, (await tx.get(numbers, 'b'))?.value];
      });
      expect(read).toEqual([[1, 1], 2]);
    });

    test('of a list', async () => {
      await using opened = await conformant.open();
      const { store } = opened;
      const read = await both(store, async (tx, between) => {
        const values: number[] = [];
        for await (const { value } of tx.list(numbers)) {
          values.push(value);
          await between();
        }
        return values;
      });
      expect(read).toEqual([[1, 1, 1], 2]);
    });

    test('of a key and a list that finds nothing', async () => {
      await using opened = await conformant.open();
      const { store } = opened;
      const read = await both(store, async (tx, between) => {
        const none = await keysOf(tx.list(numbers, { prefix: 'c' }));
        await between();
        return [none, (await tx.get(numbers, 'a'))?.value];
      });
      expect(read).toEqual([[['c'], 1], 2]);
    });

    test('of one key at once, which cannot be anything else', async () => {
      await using opened = await conformant.open();
      const { store } = opened;
      const read = await both(store, async (tx, between) => {
        const one = await tx.get(numbers, 'a');
        await between();
        return one?.value;
      });
      expect(read).toEqual([0, 1]);
    });

    test('and ends with a conflict when it never gets through', async () => {
      await using opened = await conformant.open();
      const { store } = opened;
      const losing = store.transact(async (tx) => {
        await tx.get(numbers, 'a');
        await putNumbers(store, 'a');
        await tx.get(numbers, 'b');
      });
      await expect(losing).rejects.toMatchObject({ code: 'conflict' });
    });
  });
}
