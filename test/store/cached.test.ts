import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { CachedStore, type CachingStore } from '../../src/store/cached.ts';
import { records, sealedRecords } from '../../src/store/contract.ts';
import { openUncached } from '../../src/store/lmdb.ts';
import { type Delivery, FaultyStore } from '../support/faulty-store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const things = records<{ n: number }>('things');
const others = records<{ n: number }>('others');
const secrets = sealedRecords<{ n: number }>('secrets');

function cachedStore(deliveries: readonly Delivery[] = [], names?: ReadonlySet<string>) {
  const directory = temporaryDirectory();
  const bare = openUncached({ directory: directory.path, clock: systemClock });
  const faulty = new FaultyStore(new CachedStore(bare));
  faulty.delivery = (n) => deliveries[n % deliveries.length] ?? 'once';
  const store = new CachedStore(faulty, names);
  return {
    bare,
    faulty,
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await bare.close();
      directory[Symbol.dispose]();
    },
  };
}

const put = (store: CachingStore, key: string, n: number) => store.transact(async (tx) => tx.put(things, key, { n }));

test('a cache says what it holds, which is no more than it may, and nothing that is sealed', async () => {
  await using bench = cachedStore([], new Set(['things', 'secrets']));
  const { store, faulty } = bench;
  await store.transact(async (tx) => {
    for (const each of [things, others, secrets]) for (const key of ['a', 'b']) tx.put(each, key, { n: 1 });
  });
  expect(store.holds()).toEqual([]);
  for (const each of [things, others, secrets]) expect(await store.all(each)).toHaveLength(2);
  expect(store.holds()).toEqual([{ collection: 'things', entries: 2 }]);
  const asked: string[] = [];
  faulty.beforeCall = (call) => void asked.push(call);
  for (const each of [things, others, secrets]) {
    await store.all(each);
    await store.get(each, 'a');
  }
  // What is held is not read again.
  expect(asked).toEqual(['list others', 'get others', 'list secrets', 'get secrets']);
  asked.length = 0;
  await put(store, 'a', 2);
  expect((await store.all(things)).map(({ value }) => value.n)).toEqual([2, 1]);
  expect(asked).toEqual(['get things']);
  await store.close();
  expect([store.holds(), faulty.subscriptions]).toEqual([[], 0]);
});

const delivery = fc.constantFrom<Delivery>('once', 'twice', 'lost');
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const act = fc.oneof(
  fc.record({ does: fc.constant('put' as const), key, n: fc.nat(9) }),
  fc.record({ does: fc.constant('delete' as const), key }),
  fc.record({ does: fc.constant('all' as const) }),
  fc.record({ does: fc.constant('get' as const), key }),
);

test('whoever wrote reads it, whatever the watch repeats or loses, and whoever else reads meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(delivery, { minLength: 1, maxLength: 4 }),
      fc.array(fc.array(act, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      async (deliveries, actors) => {
        await using bench = cachedStore(deliveries);
        const { store, bare, faulty } = bench;
        // Others have their turn in the middle of each reading.
        faulty.beforeCall = () => new Promise((resolve) => setImmediate(resolve));
        await Promise.all(
          actors.map(async (acts) => {
            for (const each of acts) {
              if (each.does === 'all') await store.all(things);
              else if (each.does === 'get') await store.get(things, each.key);
              else {
                const { events: _, result: own } = await store.commit(async (tx) => {
                  if (each.does === 'put') tx.put(things, each.key, { n: each.n });
                  else tx.delete(things, each.key);
                });
                expect(own).toBeUndefined();
              }
            }
          }),
        );
        const stored = await Array.fromAsync(bare.list(things));
        expect(await store.all(things)).toEqual(stored);
        for (const { key, revision } of stored) expect((await store.get(things, key))?.revision).toBe(revision);
        expect(await store.get(things, 'never')).toBeUndefined();
        expect(await store.revisionOf(things)).toBe(await bare.revisionOf(things));
      },
    ),
    { numRuns: 60 },
  );
});

test('what is written while a collection is first read is not missed', async () => {
  await using bench = cachedStore();
  const { store, faulty } = bench;
  for (const each of ['a', 'b', 'c']) await put(store, each, 1);
  let interfering = true;
  faulty.beforeCall = async (call) => {
    if (!interfering || call !== 'list things') return;
    interfering = false;
    await put(store, 'b', 2);
  };
  await store.all(things);
  expect((await store.all(things)).map(({ value }) => value.n)).toEqual([1, 2, 1]);
  faulty.beforeCall = async (call) => {
    if (call !== 'get things' || interfering) return;
    interfering = true;
    await put(store, 'b', 4);
  };
  await put(store, 'b', 3);
  await store.all(things);
  expect((await store.all(things)).map(({ value }) => value.n)).toEqual([1, 4, 1]);
});

test('a reading that fails is tried again by the next who asks', async () => {
  await using bench = cachedStore();
  const { store, faulty } = bench;
  await put(store, 'a', 1);
  let failing = true;
  faulty.beforeCall = () => {
    if (failing) throw new Error('injected');
  };
  const asked = await Promise.allSettled([store.all(things), store.all(things)]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  failing = false;
  expect(await store.all(things)).toHaveLength(1);
  await put(store, 'a', 2);
  failing = true;
  await expect(store.all(things)).rejects.toThrow('injected');
  await expect(store.get(things, 'a')).rejects.toThrow('injected');
  failing = false;
  expect((await store.all(things))[0]?.value).toEqual({ n: 2 });
});
