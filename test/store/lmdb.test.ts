import { chmodSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import {
  byteChunks,
  records,
  type Store,
  type StoredEvent,
  sealedRecords,
  type Transaction,
} from '../../src/store/contract.ts';
import { TransactionTooLarge } from '../../src/store/limits.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

interface Thing {
  n: number;
}
const things = records<Thing>('things');
const secrets = sealedRecords<{ password: string }>('secrets');

async function keys(store: Store, range = {}): Promise<string[]> {
  return Array.fromAsync(store.list(things, range), ({ key }) => key);
}

test('what a transaction wrote is there after the store is opened again', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  const first = openLmdbStore(options);
  await first.transact(async (tx) => {
    tx.put(things, 'a', { n: 1 });
    tx.emit({ type: 'thing', action: 'created', key: 'a' });
  });
  await first.close();
  const second = openLmdbStore(options);
  expect((await second.get(things, 'a'))?.value).toEqual({ n: 1 });
  expect(await second.events.read(0, 10)).toMatchObject([{ sequence: 1, type: 'thing', action: 'created', key: 'a' }]);
  await second.close();
});

test('200 concurrent increments of one record lose none', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const increment = () =>
    store.transact(async (tx) => {
      const { n } = (await tx.get(things, 'counter'))?.value ?? { n: 0 };
      tx.put(things, 'counter', { n: n + 1 });
    });
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 20 }, increment));
  expect((await store.get(things, 'counter'))?.value).toEqual({ n: 200 });
  await store.close();
});

test('work that throws writes nothing and emits nothing', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const failing = store.transact(async (tx) => {
    tx.put(things, 'a', { n: 1 });
    tx.emit({ type: 'thing', action: 'created', key: 'a' });
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await store.get(things, 'a')).toBeUndefined();
  expect(await store.events.bounds()).toEqual({ first: 0, last: 0 });
  await store.close();
});

test('a transaction sees its own writes and deletions', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => {
    tx.put(things, 'a', { n: 1 });
    expect((await tx.get(things, 'a'))?.value.n).toBe(1);
    tx.delete(things, 'a');
    expect(await tx.get(things, 'a')).toBeUndefined();
  });
  expect(await store.get(things, 'a')).toBeUndefined();
  await store.close();
});

test('lists are in key order and honour prefix, after, limit and reverse', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => {
    for (const key of ['b/2', 'a/1', 'b/1', 'b/3', 'c/1']) tx.put(things, key, { n: 0 });
  });
  expect(await keys(store)).toEqual(['a/1', 'b/1', 'b/2', 'b/3', 'c/1']);
  expect(await keys(store, { prefix: 'b/' })).toEqual(['b/1', 'b/2', 'b/3']);
  expect(await keys(store, { prefix: 'b/', after: 'b/1' })).toEqual(['b/2', 'b/3']);
  expect(await keys(store, { prefix: 'b/', limit: 2 })).toEqual(['b/1', 'b/2']);
  expect(await keys(store, { prefix: 'b/', reverse: true })).toEqual(['b/3', 'b/2', 'b/1']);
  expect(await keys(store, { prefix: 'b/', reverse: true, after: 'b/3' })).toEqual(['b/2', 'b/1']);
  expect(await keys(store, { from: 'b/2' })).toEqual(['b/2', 'b/3', 'c/1']);
  await store.close();
});

test.each([
  ['in order', false],
  ['in reverse', true],
])('what is there all the time is listed, although others around it are deleted meanwhile: %s', async (_, reverse) => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
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
  expect(await keys(store)).toEqual(all.filter((key) => !gone.has(key)));
  await store.close();
});

test('a list has as many entries as it was asked for, although some vanish before it comes to them', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => {
    for (const key of 'abcdefgh') tx.put(things, key, { n: 0 });
  });
  const read: string[] = [];
  for await (const { key } of store.list(things, { offset: 1, limit: 4 })) {
    read.push(key);
    if (key === 'b') await store.transact(async (tx) => ['c', 'd'].map((gone) => tx.delete(things, gone)));
  }
  expect(read).toEqual(['b', 'e', 'f', 'g']);
  await store.close();
});

test('others get their turn while a long list is read', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
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
  await store.close();
});

test('bytes come back as they were', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const chunks = byteChunks('chunks');
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  await store.transact(async (tx) => tx.put(chunks, 'x', bytes));
  expect(new Uint8Array((await store.get(chunks, 'x'))?.value ?? [])).toEqual(bytes);
  await store.close();
});

test('a sealed record never reaches the disk in clear', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => tx.put(secrets, 'a', { password: 'marked-secret-7f3a' }));
  expect((await store.get(secrets, 'a'))?.value).toEqual({ password: 'marked-secret-7f3a' });
  await store.close();
  expect(readFileSync(join(directory.path, 'store', 'data.mdb')).includes('marked-secret-7f3a')).toBe(false);
  expect(statSync(join(directory.path, 'master.key')).mode & 0o777).toBe(0o600);
});

test('a master key that others can read is refused, and so is a missing one', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  await openLmdbStore(options).close();
  chmodSync(join(directory.path, 'master.key'), 0o644);
  expect(() => openLmdbStore(options)).toThrow(/others may read the master key/);
  rmSync(join(directory.path, 'master.key'));
  expect(() => openLmdbStore(options)).toThrow(/is missing/);
});

test('a second store on the same directory is refused and names the holder', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  const store = openLmdbStore(options);
  expect(() => openLmdbStore(options)).toThrow(`process id ${process.pid}`);
  await store.close();
  await openLmdbStore(options).close();
});

test('the event log keeps its bound, numbers without gaps, and tells listeners in order', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock, maxEvents: 10 });
  const heard: StoredEvent[] = [];
  using _subscription = store.events.subscribe((event) => heard.push(event));
  for (let n = 1; n <= 25; n += 1) {
    await store.transact(async (tx) => tx.emit({ type: 'thing', action: 'changed', key: String(n) }));
  }
  expect(await store.events.bounds()).toEqual({ first: 16, last: 25 });
  expect((await store.events.read(20, 3)).map(({ sequence }) => sequence)).toEqual([21, 22, 23]);
  expect(heard.map(({ key }) => key)).toEqual(Array.from({ length: 25 }, (_, index) => String(index + 1)));
  await store.close();
});

test('a listener that throws harms neither the transaction nor the other listeners', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
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
  await store.close();
});

test.each([1_976, 5_000])('a list of a prefix of %i bytes, longer than a key, is empty', async (bytes) => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const prefix = 'x'.repeat(bytes);
  const range = { prefix, from: `${prefix}/a`, after: `${prefix}/b` };
  expect(await Array.fromAsync(store.list(things, range))).toEqual([]);
  const seen = await store.transact(async (tx) => {
    tx.put(things, 'a', { n: 1 });
    return Array.fromAsync(tx.list(things, range));
  });
  expect(seen).toEqual([]);
  await store.close();
});

test('migrations run once, in order; a newer store is refused', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  const first = openLmdbStore(options);
  await first.transact(async (tx) => tx.put(things, 'a', { n: 1 }));
  await first.close();
  let applied = 0;
  const version2 = {
    version: 2,
    migrations: [
      {
        to: 2,
        describe: 'doubles every thing',
        apply(tables: (name: string) => { get(key: string): unknown; putSync(key: string, value: unknown): unknown }) {
          applied += 1;
          tables('things').putSync('a', { n: (tables('things').get('a') as Thing).n * 2 });
        },
      },
    ],
  };
  await openLmdbStore({ ...options, schema: version2 }).close();
  const again = openLmdbStore({ ...options, schema: version2 });
  expect((await again.get(things, 'a'))?.value).toEqual({ n: 2 });
  expect(applied).toBe(1);
  await again.close();
  expect(() => openLmdbStore(options)).toThrow(/schema version 2, this build knows 1/);
});

test('a storm of transactions over two collections keeps what they promise each other', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
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
  await store.close();
});

test('of many that write a key because it was absent, one does', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const take = (n: number) =>
    store.transact(async (tx) => {
      const holder = (await tx.get(things, 'lock'))?.value.n;
      if (holder === undefined) tx.put(things, 'lock', { n });
      return holder ?? n;
    });
  const holders = await Promise.all(Array.from({ length: 30 }, (_, n) => take(n)));
  expect(new Set(holders).size).toBe(1);
  expect((await store.get(things, 'lock'))?.value.n).toBe(holders[0]);
  await store.close();
});

test('a transaction that read a key as absent runs anew when somebody wrote it, and when it was deleted again', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
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
  await store.close();
});

test('a transaction that never gets through ends with a conflict and writes nothing', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const losing = store.transact(async (tx) => {
    await tx.get(things, 'a');
    await store.transact(async (other) => other.put(things, 'a', { n: 1 }));
    tx.put(things, 'b', { n: 1 });
  });
  await expect(losing).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.get(things, 'b')).toBeUndefined();
  await store.close();
});

test('a transaction of which one write cannot be stored writes nothing, and others beside it are written', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const put = (...all: string[]) =>
    store.transact(async (tx) => {
      for (const key of all) tx.put(things, key, { n: 1 });
      tx.emit({ type: 'thing', action: 'created', key: all[0] ?? '' });
    });
  const tooLong = 'x'.repeat(5_000);
  const results = await Promise.allSettled([put('a'), put('b', tooLong), put('c')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await keys(store)).toEqual(['a', 'c']);
  expect((await store.events.read(0, 10)).map(({ sequence, key }) => [sequence, key])).toEqual([
    [1, 'a'],
    [2, 'c'],
  ]);
  expect(await store.get(things, tooLong)).toBeUndefined();
  await store.close();
});

test('listeners hear of events in their order, however many transactions there are at once', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
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
  await store.close();
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
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => {
    for (const key of ['a/1', 'b/1', 'b/2', 'b/3', 'c/1']) tx.put(things, key, { n: 0 });
  });
  expect(await keys(store, range)).toEqual(expected);
  await store.close();
});

test('a commit tells which events it wrote, and none of those of others', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
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
  await store.close();
});

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
    using directory = temporaryDirectory();
    const options = { directory: directory.path, clock: systemClock };
    const filled = openLmdbStore(options);
    await filled.transact(async (tx) => ['a', 'b', 'c', 'd'].map((key, n) => tx.put(things, key, { n })));
    await filled.close();
    const store = openLmdbStore({ ...options, limits });
    expect(store.limits).toEqual(limits);
    if (refusal === undefined) await store.transact(work);
    else {
      await expect(store.transact(work)).rejects.toThrow(refusal);
      await expect(store.transact(work)).rejects.toBeInstanceOf(TransactionTooLarge);
      expect(await keys(store)).toEqual(['a', 'b', 'c', 'd']);
      expect(await store.events.bounds()).toEqual({ first: 0, last: 0 });
    }
    await store.close();
  });
});

test('a watch tells the keys that a commit wrote or deleted before it resolves, of its collections alone', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
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
  await store.close();
});
