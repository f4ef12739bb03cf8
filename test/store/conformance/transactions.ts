import { expect, test } from 'vitest';
import { records } from '../../../src/store/contract.ts';
import { type Conformant, type Thing, things } from './conformant.ts';

/** All or nothing, one after the other. */
export function transactionsConform(conformant: Conformant): void {
  test('200 concurrent increments of one record lose none', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const increment = () =>
      store.transact(async (tx) => {
        const { n } = (await tx.get(things, 'counter'))?.value ?? { n: 0 };
        tx.put(things, 'counter', { n: n + 1 });
      });
    for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 20 }, increment));
    expect((await store.get(things, 'counter'))?.value).toEqual({ n: 200 });
  });

  test('work that throws writes nothing and emits nothing', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const failing = store.transact(async (tx) => {
      tx.put(things, 'a', { n: 1 });
      tx.emit({ type: 'thing', action: 'created', key: 'a' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await store.get(things, 'a')).toBeUndefined();
    expect(await store.events.bounds()).toEqual({ first: 0, last: 0 });
  });

  test('a transaction sees its own writes and deletions', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await store.transact(async (tx) => {
      tx.put(things, 'a', { n: 1 });
      expect((await tx.get(things, 'a'))?.value.n).toBe(1);
      tx.delete(things, 'a');
      expect(await tx.get(things, 'a')).toBeUndefined();
    });
    expect(await store.get(things, 'a')).toBeUndefined();
  });

  test('a storm of transactions over two collections keeps what they promise each other', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const [accounts, totals] = [records<Thing>('accounts'), records<Thing>('totals')];
    await store.transact(async (tx) => {
      for (const key of ['a', 'b', 'c']) tx.put(accounts, key, { n: 100 });
      tx.put(totals, 'moved', { n: 0 });
    });
    const move = ([from, to]: readonly [string, string], amount: number) =>
      store.transact(async (tx) => {
        const [source, target, moved] = [
          await tx.get(accounts, from),
          await tx.get(accounts, to),
          await tx.get(totals, 'moved'),
        ];
        tx.put(accounts, from, { n: (source?.value.n ?? 0) - amount });
        tx.put(accounts, to, { n: (target?.value.n ?? 0) + amount });
        tx.put(totals, 'moved', { n: (moved?.value.n ?? 0) + amount });
      });
    const ways = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ] as const;
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 15 }, (_, n) => move(ways[n % 3] ?? ways[0], n)));
    }
    const left = await Array.fromAsync(store.list(accounts), ({ value }) => value.n);
    expect(left.reduce((sum, n) => sum + n, 0)).toBe(300);
    expect((await store.get(totals, 'moved'))?.value.n).toBe(10 * ((14 * 15) / 2));
  });

  test('of many that write a key because it was absent, one does', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const take = (n: number) =>
      store.transact(async (tx) => {
        const holder = (await tx.get(things, 'lock'))?.value.n;
        if (holder === undefined) tx.put(things, 'lock', { n });
        return holder ?? n;
      });
    const holders = await Promise.all(Array.from({ length: 30 }, (_, n) => take(n)));
    expect(new Set(holders).size).toBe(1);
    expect((await store.get(things, 'lock'))?.value.n).toBe(holders[0]);
  });

  test('a transaction that read a key as absent runs anew when somebody wrote it, and when it was deleted again', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const seen: (number | undefined)[] = [];
    await store.transact(async (tx) => {
      const found = (await tx.get(things, 'a'))?.value.n;
      seen.push(found);
      // Somebody else is first, once with a value and once by taking it away.
      if (seen.length === 1) await store.transact(async (other) => other.put(things, 'a', { n: 1 }));
      if (seen.length === 2) await store.transact(async (other) => other.delete(things, 'a'));
      tx.put(things, 'b', { n: found ?? 0 });
    });
    expect(seen).toEqual([undefined, 1, undefined]);
    expect((await store.get(things, 'b'))?.value).toEqual({ n: 0 });
  });

  test('a transaction that never gets through ends with a conflict and writes nothing', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const losing = store.transact(async (tx) => {
      await tx.get(things, 'a');
      await store.transact(async (other) => other.put(things, 'a', { n: 1 }));
      tx.put(things, 'b', { n: 1 });
    });
    await expect(losing).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.get(things, 'b')).toBeUndefined();
  });
}
