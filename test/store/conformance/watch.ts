import { expect, test } from 'vitest';
import { records } from '../../../src/store/contract.ts';
import { until } from '../../support/until.ts';
import { type Conformant, secrets, type Thing, things } from './conformant.ts';

/** Who is told what was written. */
export function watchConforms(conformant: Conformant): void {
  test('a watch tells the keys that a commit wrote or deleted before it resolves, of its collections alone', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const [counted, unwatched] = [records<Thing>('counted'), records<Thing>('unwatched')];
    const told: string[][] = [];
    using watch = store.watch([things, secrets], (written) => {
      told.push(written.map(({ collection, key, revision }) => `${collection} ${key} ${revision}`));
    });
    await store.transact(async (tx) => {
      tx.put(things, 'a', { n: 1 });
      tx.put(unwatched, 'x', { n: 1 });
      tx.put(secrets, 's', { password: 'p' });
      tx.delete(things, 'b');
    });
    expect(told).toEqual([['things a 1', 'secrets s 1', 'things b 1']]);
    await store.transact(async (tx) => tx.put(unwatched, 'x', { n: 2 }));
    await expect(
      store.transact(async (tx) => {
        tx.put(things, 'a', { n: 2 });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(told).toHaveLength(1);
    // Many at once: each in its order, with what is read then as late or later.
    const seen: number[] = [];
    using _counting = store.watch([counted], async () => {
      seen.push((await store.get(counted, 'n'))?.value.n ?? 0);
    });
    const count = () =>
      store.transact(async (tx) => tx.put(counted, 'n', { n: ((await tx.get(counted, 'n'))?.value.n ?? 0) + 1 }));
    await Promise.all(Array.from({ length: 30 }, count));
    await until(() => seen.length === 30);
    for (const [index, n] of seen.entries()) expect(n).toBeGreaterThan(index);
    watch[Symbol.dispose]();
    await store.transact(async (tx) => tx.delete(things, 'a'));
    expect(told).toHaveLength(1);
  });

  test('who watches knows before who hears of the events, and one that throws harms nobody', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const order: string[] = [];
    const thrown: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    try {
      using _event = store.events.subscribe(({ key }) => order.push(`event ${key}`));
      using _throwing = store.watch([things], () => {
        throw new Error('this listener always fails');
      });
      using _watch = store.watch([things], (written) => order.push(...written.map(({ key }) => `key ${key}`)));
      for (const key of ['a', 'b']) {
        await store.transact(async (tx) => {
          tx.emit({ type: 'thing', action: 'changed', key });
          tx.put(things, key, { n: 1 });
        });
        order.push('resolved');
      }
      await until(() => thrown.length === 2);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    }
    expect(order).toEqual(['key a', 'event a', 'resolved', 'key b', 'event b', 'resolved']);
  });
}
