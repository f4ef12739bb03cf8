import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { byteChunks, type KeyedStore, records, sealedRecords } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { openReadOnly } from '../../src/store/read-only.ts';
import { silentLogger } from '../support/migrated.ts';
import { stored } from '../support/stored.ts';
import { quickTemporaryDirectory } from '../support/temporary.ts';
import { changeRaw, takeChecksums, writeRaw } from './raw.ts';

const things = records<{ n: number }>('things');
const secrets = sealedRecords<{ n: number }>('secrets');
const chunks = byteChunks('chunks');
const collections = [things, secrets, chunks];

const open = (directory: string) => openLmdbStore({ directory, clock: systemClock });

interface Settings {
  clock?: Pick<Clock, 'monotonic'>;
  logger?: Logger;
  signal?: AbortSignal;
}
const renew = (store: KeyedStore, settings: Settings = {}) =>
  store.renewForm({
    collections,
    clock: systemClock,
    logger: silentLogger,
    signal: new AbortController().signal,
    ...settings,
  });

/** A store as builds before checksums left it, with several pages of each form. */
async function fillEarlier(directory: string): Promise<void> {
  const store = open(directory);
  await store.transact(async (tx) => {
    for (let n = 0; n < 300; n += 1) {
      tx.put(things, `thing-${n}`, { n });
      tx.put(secrets, `secret-${n}`, { n });
      tx.emit({ type: 'thing', action: 'created', key: String(n) });
    }
    tx.keep(chunks, 'printed', Buffer.from('\u00cc\u00cc\u00cc', 'latin1'));
    tx.keep(chunks, 'json', Buffer.from('{"n":1}'));
    tx.keep(chunks, 'empty', new Uint8Array());
  });
  await store.close();
  await takeChecksums(directory);
}

async function contentOf(store: KeyedStore): Promise<unknown> {
  const content: unknown[] = [await store.events.read(0, 1_000), await store.events.bounds()];
  for (const collection of collections) {
    for await (const entry of stored(store, collection)) {
      content.push([collection.name, entry.value instanceof Uint8Array ? [entry.key, ...entry.value] : entry]);
    }
  }
  return content;
}

async function chunkOf(store: KeyedStore, key: string): Promise<string> {
  const [found] = await Array.fromAsync(store.chunks.list(chunks, { from: key, limit: 1 }));
  return Buffer.from(found?.bytes ?? []).toString();
}

/** By table, how many values have a checksum. */
async function checkedIn(directory: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  await changeRaw(directory, (table) => {
    for (const name of ['things', 'secrets', 'events', 'chunks']) {
      found[name] = Array.from(table(name).getRange()).filter(
        ({ value }) => value[0] === 0xcc && value.length > 5,
      ).length;
    }
  });
  return found;
}

test('a store of an earlier build is read and written in its form, until it is brought to that of this one', async () => {
  using directory = quickTemporaryDirectory();
  await fillEarlier(directory.path);
  const store = open(directory.path);
  expect(store.isOfEarlierForm()).toBe(true);
  const before = await contentOf(store);
  await store.transact(async (tx) => tx.put(things, 'thing-7', { n: 77 }));
  await store.close();
  expect(await checkedIn(directory.path)).toEqual({ things: 0, secrets: 0, events: 0, chunks: 0 });

  const next = open(directory.path);
  await next.transact(async (tx) => tx.put(things, 'thing-7', { n: 7 }));
  const changed = await contentOf(next);
  await renew(next);
  expect(next.isOfEarlierForm()).toBe(false);
  expect(await contentOf(next)).toEqual(changed);
  await next.close();
  expect(await checkedIn(directory.path)).toEqual({ things: 300, secrets: 300, events: 300, chunks: 0 });
  const again = open(directory.path);
  expect([again.isOfEarlierForm(), await contentOf(again)]).toEqual([false, changed]);
  expect(before).not.toEqual(changed);
  await again.close();
});

test('one that is broken off between any two pages goes on, also from a store that was closed', async () => {
  using directory = quickTemporaryDirectory();
  await fillEarlier(directory.path);
  let store = open(directory.path);
  const before = await contentOf(store);
  let breaks = 0;
  for (let isDone = false; !isDone; ) {
    const stopping = new AbortController();
    let now = 0;
    const clock = {
      monotonic() {
        now += 60_000;
        return now;
      },
    };
    // It tells of each page; one is enough.
    const logger: Logger = {
      ...silentLogger,
      info: (_, message) => message.startsWith('still') && stopping.abort(new Error('asked to end')),
    };
    const ended = await renew(store, { clock, logger, signal: stopping.signal }).catch((error) => error);
    isDone = !(ended instanceof Error) || !stopping.signal.aborted;
    if (!isDone) breaks += 1;
    expect(await contentOf(store)).toEqual(before);
    await store.close();
    {
      await using reader = openReadOnly(directory.path, [things]);
      expect(await Array.fromAsync(reader.list(things))).toHaveLength(300);
    }
    store = open(directory.path);
    expect(await contentOf(store)).toEqual(before);
  }
  expect(breaks).toBeGreaterThan(6);
  expect(store.isOfEarlierForm()).toBe(false);
  await store.close();
});

test('what is written later has a checksum, also a chunk; what was damaged before stays unreadable', async () => {
  using directory = quickTemporaryDirectory();
  await fillEarlier(directory.path);
  await writeRaw(directory.path, 'things', 'thing-1', (bytes) => bytes.subarray(1));
  await writeRaw(directory.path, 'things', 'thing-2', (bytes) => bytes.subarray(0, 3));
  await writeRaw(directory.path, 'secrets', 'secret-3', () => Buffer.from('"eyJ"'));
  const store = open(directory.path);
  await renew(store);
  for (const [collection, key] of [
    [things, 'thing-1'],
    [things, 'thing-2'],
    [secrets, 'secret-3'],
  ] as const) {
    await expect(store.get(collection, key)).rejects.toMatchObject({ collection: collection.name, key });
  }
  await store.transact(async (tx) => tx.keep(chunks, 'later', Buffer.from('printed')));
  await store.close();
  await writeRaw(directory.path, 'chunks', 'later', (bytes) => bytes.fill(0x2e, 6, 7));
  await writeRaw(directory.path, 'things', 'thing-4', () => Buffer.from('{"n":4}'));
  const next = open(directory.path);
  await expect(chunkOf(next, 'later')).rejects.toMatchObject({ collection: 'chunks', key: 'later' });
  await expect(next.get(things, 'thing-4')).rejects.toMatchObject({ collection: 'things', key: 'thing-4' });
  expect(await chunkOf(next, 'json')).toBe('{"n":1}');
  await next.close();
});

test('a store that was never written to, and counters of the first builds, are brought over', async () => {
  for (const counters of [undefined, { revision: 7, sequence: 0, firstEvent: 1 }]) {
    using directory = quickTemporaryDirectory();
    await open(directory.path).close();
    await takeChecksums(directory.path);
    await changeRaw(directory.path, (table) => {
      if (counters === undefined) table('meta').removeSync('counters');
      else table('meta').putSync('counters', Buffer.from(JSON.stringify(counters)));
    });
    const store = open(directory.path);
    await renew(store);
    expect(await store.revisionOf(things)).toBe(counters?.revision ?? 0);
    await store.transact(async (tx) => tx.put(things, 'a', { n: 1 }));
    expect((await store.get(things, 'a'))?.revision).toBe((counters?.revision ?? 0) + 1);
    await store.close();
    const next = open(directory.path);
    expect(await next.revisionOf(things)).toBe((counters?.revision ?? 0) + 1);
    await next.close();
  }
});
