import { expect, test } from 'vitest';
import {
  byteChunks,
  type ChunkRange,
  type Store,
  type Transaction,
  type Written,
} from '../../../src/store/contract.ts';
import { TransactionTooLarge } from '../../../src/store/limits.ts';
import { type Conformant, logged, things } from './conformant.ts';

const output = byteChunks('output');
const others = byteChunks('others');

/** What is too much for records: written once, read in order, removed by key. */
export function chunksConform(conformant: Conformant): void {
  test('bytes come back as they were, also after the store is opened again', async () => {
    await using opened = await conformant.open();
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const large = new Uint8Array(200_000).fill(7);
    await opened.store.transact(async (tx) => {
      tx.keep(output, 'every', every);
      tx.keep(output, 'large', large);
      tx.keep(output, 'none', new Uint8Array(0));
      tx.keep(output, 'text', Buffer.from('{"like": "JSON"}'));
    });
    const expected = [
      ['every', base64Of(every)],
      ['large', base64Of(large)],
      ['none', ''],
      ['text', base64Of(Buffer.from('{"like": "JSON"}'))],
    ];
    expect(await contentOf(opened.store)).toEqual(expected);
    expect(await contentOf(await opened.reopen())).toEqual(expected);
  });

  test('what was read stays as it is, whatever is read and written later', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await keep(store, 'a', 'b');
    const read = await Array.fromAsync(store.chunks.list(output));
    await store.transact(async (tx) => {
      tx.discard(output, 'a');
      tx.keep(output, 'c', Buffer.from('other'));
    });
    await Array.fromAsync(store.chunks.list(output));
    expect(read.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['of a', 'of b']);
  });

  test.each<[ChunkRange, string[]]>([
    [{}, ['B', 'a/1', 'b/1', 'b/2', 'b/3', 'é']],
    [{ prefix: 'b/' }, ['b/1', 'b/2', 'b/3']],
    [{ prefix: 'b/', from: 'b/2' }, ['b/2', 'b/3']],
    [{ prefix: 'b/', from: 'a/9' }, ['b/1', 'b/2', 'b/3']],
    [{ prefix: 'b/', after: 'b/2' }, ['b/3']],
    [{ prefix: 'b/', after: 'b/25', reverse: true, limit: 1 }, ['b/2']],
    [{ prefix: 'b/', limit: 2 }, ['b/1', 'b/2']],
    [{ reverse: true, limit: 2 }, ['é', 'b/3']],
    [{ limit: 0 }, []],
    [{ prefix: 'z' }, []],
    [{ prefix: 'x'.repeat(5_000) }, []],
  ])('chunks are in the order of the bytes of their keys, in the range %o', async (range, expected) => {
    await using opened = await conformant.open();
    const { store } = opened;
    await keep(store, 'b/2', 'é', 'b/1', 'a/1', 'B', 'b/3');
    await store.transact(async (tx) => tx.keep(others, 'b/0', Buffer.from('of another collection')));
    expect(await keysOf(store, range)).toEqual(expected);
  });

  test('a chunk that is discarded is gone, and the others stay', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await keep(store, 'a', 'b', 'c');
    await store.transact(async (tx) => {
      tx.discard(output, 'b');
      tx.discard(output, 'never');
      tx.keep(output, 'd', Buffer.from('of d'));
      tx.discard(output, 'd');
    });
    expect(await keysOf(store)).toEqual(['a', 'c']);
    expect(await keysOf(await opened.reopen())).toEqual(['a', 'c']);
  });

  test('a chunk that is kept again with its bytes is there once', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await keep(store, 'a');
    await keep(store, 'a');
    expect(await contentOf(store)).toEqual([['a', base64Of(Buffer.from('of a'))]]);
  });

  test('records, events and chunks are written as one, or none of them', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    await keep(store, 'before');
    const write = async (tx: Transaction) => {
      tx.put(things, 'size', { n: 4 });
      tx.emit({ type: 'thing', action: 'grew', key: 'a' });
      tx.keep(output, 'a', Buffer.from('of a'));
      tx.discard(output, 'before');
    };
    const failing = store.transact(async (tx) => {
      await write(tx);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await keysOf(store)).toEqual(['before']);
    expect(await store.get(things, 'size')).toBeUndefined();
    const unwritable = store.transact(async (tx) => {
      await write(tx);
      tx.keep(output, 'x'.repeat(5_000), new Uint8Array(1));
    });
    await expect(unwritable).rejects.toThrow();
    expect(await keysOf(store)).toEqual(['before']);
    expect(await store.get(things, 'size')).toBeUndefined();
    expect(await store.events.bounds()).toEqual({ first: 0, last: 0 });
    await store.transact(write);
    expect(await keysOf(store)).toEqual(['a']);
    expect((await store.get(things, 'size'))?.value).toEqual({ n: 4 });
    expect(await store.events.bounds()).toEqual({ first: 1, last: 1 });
  });

  test('what a transaction read is compared when it writes no more than a chunk', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    let runs = 0;
    await store.transact(async (tx) => {
      runs += 1;
      const n = (await tx.get(things, 'size'))?.value.n ?? 0;
      if (runs === 1) await store.transact(async (other) => other.put(things, 'size', { n: 7 }));
      tx.keep(output, `at/${n}`, Buffer.from('once'));
    });
    expect([runs, await keysOf(store)]).toEqual([2, ['at/7']]);
  });

  test('chunks are not compared: who writes some beside others disturbs nobody', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    let runs = 0;
    await store.transact(async (tx) => {
      runs += 1;
      await tx.get(things, 'a');
      await tx.get(logged, 'a');
      await keep(store, `other-${runs}`);
      await store.transact(async (other) => other.discard(output, 'same'));
      tx.keep(output, 'same', Buffer.from('of same'));
    });
    expect(runs).toBe(1);
    expect(await keysOf(store)).toEqual(['other-1', 'same']);
  });

  test('chunks are not watched, and move no revision of records', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    // As somebody would who has records under the name of the chunks.
    const namesake = { ...things, name: output.name };
    const told: Written[] = [];
    using _watch = store.watch([things, namesake], (written) => told.push(...written));
    const before = await store.revisionOf(things, namesake);
    await keep(store, 'a', 'b');
    await store.transact(async (tx) => tx.discard(output, 'a'));
    expect(told).toEqual([]);
    expect(await store.revisionOf(things, namesake)).toBe(before);
    await store.transact(async (tx) => {
      tx.keep(output, 'c', Buffer.from('of c'));
      tx.put(things, 'size', { n: 3 });
    });
    expect(told.map(({ collection, key }) => `${collection} ${key}`)).toEqual(['things size']);
  });

  const writes = (count: number) => async (tx: Transaction) => {
    for (let n = 0; n < count; n += 1) tx.keep(output, `new-${n}`, new Uint8Array(10));
  };
  test.each<[string, (tx: Transaction) => Promise<unknown>, RegExp | undefined]>([
    ['as many chunks as it takes', writes(6), undefined],
    ['one chunk more', writes(7), /writes 7 .*: 7 operations, and the store takes 6/],
    ['removals', async (tx) => 'abcdefg'.split('').map((key) => tx.discard(output, key)), /writes 7 /],
    ['as many bytes as it takes', async (tx) => tx.keep(output, 'new', new Uint8Array(300)), undefined],
    [
      'one byte more',
      async (tx) => tx.keep(output, 'new', new Uint8Array(301)),
      /in 301 bytes, and the store takes 300/,
    ],
    [
      'a record among them',
      async (tx) => {
        tx.put(things, 'new', { n: 1 });
        tx.keep(output, 'new', new Uint8Array(300));
      },
      /writes 2 .* in 307 bytes/,
    ],
  ])('chunks count for the limits of a transaction, as they are: %s', async (_, work, refusal) => {
    await using opened = await conformant.open();
    await keep(opened.store, 'a');
    const store = await opened.reopen({ limits: { operations: 6, bytes: 300 } });
    if (refusal === undefined) {
      await store.transact(work);
      expect((await keysOf(store)).length).toBeGreaterThan(1);
      return;
    }
    await expect(store.transact(work)).rejects.toThrow(refusal);
    await expect(store.transact(work)).rejects.toBeInstanceOf(TransactionTooLarge);
    expect(await keysOf(store)).toEqual(['a']);
    expect(await store.get(things, 'new')).toBeUndefined();
  });

  test('what is there all the time is listed, although others around it are discarded meanwhile', async () => {
    await using opened = await conformant.open();
    const { store } = opened;
    const all = Array.from({ length: 300 }, (_, n) => String(n).padStart(3, '0'));
    await keep(store, ...all);
    const read: string[] = [];
    for await (const { key } of store.chunks.list(output)) {
      read.push(key);
      if (Number(key) % 3 === 0) await store.transact(async (tx) => tx.discard(output, key));
    }
    expect(read).toEqual(all);
    expect(await keysOf(store)).toEqual(all.filter((key) => Number(key) % 3 !== 0));
  });
}

function keep(store: Store, ...keys: string[]): Promise<void> {
  return store.transact(async (tx) => {
    for (const key of keys) tx.keep(output, key, Buffer.from(`of ${key}`));
  });
}

function keysOf(store: Store, range?: ChunkRange): Promise<string[]> {
  return Array.fromAsync(store.chunks.list(output, range), ({ key }) => key);
}

/** As text, which is compared at once: there may be many bytes. */
function contentOf(store: Store): Promise<[string, string][]> {
  return Array.fromAsync(store.chunks.list(output), ({ key, bytes }) => [key, base64Of(bytes)]);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
