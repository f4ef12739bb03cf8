import { describe, expect, test } from 'vitest';
import { records, type Transaction } from '../../../src/store/contract.ts';
import { TransactionTooLarge } from '../../../src/store/limits.ts';
import { type Conformant, keysOf, things } from './conformant.ts';

/** What is larger than the store takes is refused as a whole. */
export function limitsConform(conformant: Conformant): void {
  describe('a transaction that comes to more than the store takes', () => {
    const text = records<string>('texts');
    const limits = { operations: 6, bytes: 300 };
    const put = (tx: Transaction, count: number) => {
      for (let n = 0; n < count; n += 1) tx.put(things, `new-${n}`, { n });
    };
    const event = { type: 'thing', action: 'created', key: 'a' };
    const works: readonly (readonly [string, (tx: Transaction) => Promise<unknown>, RegExp | undefined])[] = [
      ['as many keys as it takes', async (tx) => put(tx, 6), undefined],
      ['one key more', async (tx) => put(tx, 7), /writes 7 .*: 7 operations, and the store takes 6/],
      ['deletions', async (tx) => 'abcdefg'.split('').map((key) => tx.delete(things, key)), /writes 7/],
      [
        'events among them',
        async (tx) => {
          put(tx, 3);
          for (let n = 0; n < 4; n += 1) tx.emit({ type: 'a', action: 'b', key: '' });
        },
        /writes 3 and emits 4 events: 7 operations/,
      ],
      [
        'compared keys among them',
        async (tx) => {
          for (const key of ['x', 'y', 'x']) await tx.get(things, key);
          put(tx, 5);
        },
        /compares 2 keys, writes 5 /,
      ],
      [
        'keys of a list among them',
        async (tx) => {
          await Array.fromAsync(tx.list(things));
          put(tx, 3);
        },
        /compares 4 keys, writes 3 /,
      ],
      [
        'keys of a list as far as it was read',
        async (tx) => {
          await Array.fromAsync(tx.list(things, { limit: 3 }));
          put(tx, 3);
        },
        undefined,
      ],
      ['a large value', async (tx) => tx.put(text, 'a', 'x'.repeat(299)), /in 301 bytes, and the store takes 300/],
      ['a value as large as it takes', async (tx) => tx.put(text, 'a', 'x'.repeat(298)), undefined],
      ['letters of two bytes', async (tx) => tx.put(text, 'a', 'é'.repeat(150)), /in 302 bytes/],
      ['a large event', async (tx) => tx.emit({ ...event, data: { text: 'x'.repeat(300) } }), /emits 1 events, in 3/],
      ['reads alone', async (tx) => Array.fromAsync([1, 2, 3], () => Array.fromAsync(tx.list(things))), undefined],
    ];

    test.each(works)('%s', async (_, work, refusal) => {
      await using opened = await conformant.open();
      await opened.store.transact(async (tx) => ['a', 'b', 'c', 'd'].map((key, n) => tx.put(things, key, { n })));
      const store = await opened.reopen({ limits });
      expect(store.limits).toEqual(limits);
      if (refusal === undefined) await store.transact(work);
      else {
        await expect(store.transact(work)).rejects.toThrow(refusal);
        await expect(store.transact(work)).rejects.toBeInstanceOf(TransactionTooLarge);
        expect(await keysOf(store.list(things))).toEqual(['a', 'b', 'c', 'd']);
        expect(await store.events.bounds()).toEqual({ first: 0, last: 0 });
      }
    });
  });
}
