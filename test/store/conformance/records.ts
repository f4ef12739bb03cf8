import { expect, test } from 'vitest';
import { records } from '../../../src/store/contract.ts';
import { type Conformant, keysOf, secrets, things } from './conformant.ts';

/** What is stored, how it is listed, and that it stays. */
export function recordsConform(conformant: Conformant): void {
  test('what a transaction wrote is there after the store is opened again, and what comes then is later', async () => {
    await using opened = await conformant.open();
    const { store: first } = opened;
    const event = { type: 'thing', action: 'created', key: 'a' };
    await first.transact(async (tx) => {
      tx.put(things, 'a', { n: 1 });
      tx.put(secrets, 'a', { password: 'p' });
      tx.emit(event);
    });
    const stored = await first.get(things, 'a');
    const revision = await first.revisionOf(things);
    const second = await opened.reopen();
    expect(await second.get(things, 'a')).toEqual(stored);
    expect((await second.get(secrets, 'a'))?.value).toEqual({ password: 'p' });
    expect(await second.events.read(0, 10)).toMatchObject([{ sequence: 1, ...event }]);
    expect(await second.revisionOf(things)).toBeGreaterThanOrEqual(revision);
    const told: number[] = [];
    using _watch = second.watch([things], (written) => told.push(...written.map((each) => each.revision)));
    const { events } = await second.commit(async (tx) => {
      tx.put(things, 'a', { n: 2 });
      tx.emit(event);
    });
    expect(events).toMatchObject([{ sequence: 2 }]);
    const now = await second.get(things, 'a');
    expect(now?.revision).toBeGreaterThan(stored?.revision ?? 0);
    expect(told).toEqual([now?.revision]);
  });

  test('keys are in the order of their bytes, each with the last value put under it, and counted', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const keys = ['\uffe0', 'b', 'é', 'a/', 'ab', 'a', 'B', 'a-'];
    for (const n of [1, 2]) {
      await store.transact(async (tx) => {
        for (const key of keys) tx.put(things, key, { n });
      });
    }
    await store.transact(async (tx) => tx.delete(things, 'ab'));
    const listed = await Array.fromAsync(store.list(things), ({ key, value }) => [key, value.n]);
    expect(listed).toEqual(['B', 'a', 'a-', 'a/', 'b', 'é', '\uffe0'].map((key) => [key, 2]));
    expect(await store.count(things)).toBe(7);
    expect(await store.get(things, 'ab')).toBeUndefined();
  });

  test('a revision changes with every write of its key, and that of a collection with every write in it', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const seen: number[] = [];
    let last = await store.revisionOf(things, secrets);
    for (const key of ['a', 'b', 'a', 'a']) {
      await store.transact(async (tx) => tx.put(things, key, { n: 1 }));
      seen.push((await store.get(things, key))?.revision ?? 0);
      const now = await store.revisionOf(things, secrets);
      expect(now).toBeGreaterThan(last);
      expect(now).toBeGreaterThanOrEqual(seen.at(-1) ?? 0);
      last = now;
    }
    expect(seen).toEqual([...new Set(seen)].toSorted((one, other) => one - other));
    await store.transact(async (tx) => tx.delete(things, 'b'));
    expect(await store.revisionOf(things)).toBeGreaterThan(last);
    const listed = await Array.fromAsync(store.list(things), ({ revision }) => revision);
    expect(listed).toEqual([seen.at(-1)]);
  });

  test('lists are in key order and honour prefix, after, limit and reverse', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await store.transact(async (tx) => {
      for (const key of ['b/2', 'a/1', 'b/1', 'b/3', 'c/1']) tx.put(things, key, { n: 0 });
    });
    expect(await keysOf(store.list(things))).toEqual(['a/1', 'b/1', 'b/2', 'b/3', 'c/1']);
    expect(await keysOf(store.list(things, { prefix: 'b/' }))).toEqual(['b/1', 'b/2', 'b/3']);
    expect(await keysOf(store.list(things, { prefix: 'b/', after: 'b/1' }))).toEqual(['b/2', 'b/3']);
    expect(await keysOf(store.list(things, { prefix: 'b/', limit: 2 }))).toEqual(['b/1', 'b/2']);
    expect(await keysOf(store.list(things, { prefix: 'b/', reverse: true }))).toEqual(['b/3', 'b/2', 'b/1']);
    expect(await keysOf(store.list(things, { prefix: 'b/', reverse: true, after: 'b/3' }))).toEqual(['b/2', 'b/1']);
    expect(await keysOf(store.list(things, { from: 'b/2' }))).toEqual(['b/2', 'b/3', 'c/1']);
  });

  test.each([
    [{ prefix: 'b/', after: 'a/9' }, ['b/1', 'b/2', 'b/3']],
    [{ prefix: 'b/', from: 'a/9' }, ['b/1', 'b/2', 'b/3']],
    [{ prefix: 'b/', after: 'b/2', from: 'b/1' }, ['b/3']],
    [{ prefix: 'b/', after: 'b/1', from: 'b/3' }, ['b/3']],
    [{ prefix: 'b/', reverse: true, after: 'c/9' }, ['b/3', 'b/2', 'b/1']],
    [{ prefix: 'b/', reverse: true, from: 'b/2' }, ['b/3', 'b/2']],
    [{ prefix: 'b/', reverse: true, after: 'b/25', limit: 1 }, ['b/2']],
    [{ reverse: true, limit: 2 }, ['c/1', 'b/3']],
    [{ prefix: 'z' }, []],
  ])('a list of %o keeps to its prefix and its ends', async (range, expected) => {
    await using opened = await conformant.open();
    const { store } = opened;
    await store.transact(async (tx) => {
      for (const key of ['a/1', 'b/1', 'b/2', 'b/3', 'c/1']) tx.put(things, key, { n: 0 });
    });
    expect(await keysOf(store.list(things, range))).toEqual(expected);
  });

  test.each([
    ['in order', false],
    ['in reverse', true],
  ])(
    'what is there all the time is listed, although others around it are deleted meanwhile: %s',
    async (_, reverse) => {
      await using opened = await conformant.open();
      const { store } = opened;
      const all = Array.from({ length: 300 }, (_, n) => String(n).padStart(3, '0'));
      await store.transact(async (tx) => {
        for (const key of all) tx.put(things, key, { n: 0 });
      });
      const gone = new Set<string>();
      const read: string[] = [];
      for await (const { key } of store.list(things, { reverse })) {
        read.push(key);
        if (Number(key) % 3 !== 0) continue;
        gone.add(key);
        // In a turn of its own, as somebody else would.
        await store.transact(async (tx) => tx.delete(things, key));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(read).toEqual(reverse ? all.toReversed() : all);
      expect(await keysOf(store.list(things))).toEqual(all.filter((key) => !gone.has(key)));
    },
  );

  test('a list has as many entries as it was asked for, although some vanish before it comes to them', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await store.transact(async (tx) => {
      for (const key of 'abcdefgh') tx.put(things, key, { n: 0 });
    });
    const read: string[] = [];
    for await (const { key } of store.list(things, { offset: 1, limit: 4 })) {
      read.push(key);
      if (key === 'b') await store.transact(async (tx) => ['c', 'd'].map((gone) => tx.delete(things, gone)));
    }
    expect(read).toEqual(['b', 'e', 'f', 'g']);
  });

  test('others get their turn while a long list is read', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const many = records<number[]>('many');
    const long = Array.from({ length: 5_000 }, (_, index) => index);
    await store.transact(async (tx) => {
      for (let n = 0; n < 300; n += 1) tx.put(many, `k${n}`, long);
    });
    let hadTurn = false;
    setImmediate(() => {
      hadTurn = true;
    });
    let count = 0;
    for await (const { value } of store.list(many)) count += value.length;
    expect([count, hadTurn]).toEqual([1_500_000, true]);
  });

  test.each([1_976, 5_000])('a list of a prefix of %i bytes, longer than a key, is empty', async (bytes) => {
    await using opened = await conformant.open();
    const { store } = opened;
    const prefix = 'x'.repeat(bytes);
    const range = { prefix, from: `${prefix}/a`, after: `${prefix}/b` };
    expect(await Array.fromAsync(store.list(things, range))).toEqual([]);
    const seen = await store.transact(async (tx) => {
      tx.put(things, 'a', { n: 1 });
      return Array.fromAsync(tx.list(things, range));
    });
    expect(seen).toEqual([]);
  });
}
