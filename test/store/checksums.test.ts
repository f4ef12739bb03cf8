import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { Checksums } from '../../src/store/checksums.ts';
import { type AnyCollection, byteChunks, records, type Store, sealedRecords } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { openEnvironment } from '../../src/store/lmdb-environment.ts';
import { Meta } from '../../src/store/meta.ts';
import { openReadOnly } from '../../src/store/read-only.ts';
import type { StoredForm } from '../../src/store/stored-form.ts';
import { beginsAsJson, StoredValues } from '../../src/store/stored-values.ts';
import { stored } from '../support/stored.ts';
import { quickTemporaryDirectory } from '../support/temporary.ts';
import { changeRaw } from './raw.ts';

const things = records<{ n: number }>('things');
const others = records<{ n: number }>('others');
const secrets = sealedRecords<{ n: number }>('secrets');
const chunks = byteChunks('chunks');

const unreadable = (collection: string, key: string) => ({
  code: 'store_unusable',
  collection,
  key,
  message: expect.stringContaining(`the record ${JSON.stringify(key)} of the collection ${collection} cannot be read`),
});

function flipped(bytes: Buffer, ...bits: number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const bit of bits) copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

const keyOf = (bit: number) => `key-${String(bit).padStart(4, '0')}`;
const open = (directory: string) => openLmdbStore({ directory, clock: systemClock });

const printed = Buffer.from('{"output"}\n');
const forms: readonly [string, AnyCollection, unknown][] = [
  ['a record', things, { n: 1 }],
  ['a sealed record', secrets, { n: 1 }],
  ['a chunk', chunks, printed],
];

/** What stands under a key. */
async function storedValue(store: Store, collection: AnyCollection, key: string): Promise<unknown> {
  if (collection.form !== 'bytes') return (await store.get(collection, key))?.value;
  const [found] = await Array.fromAsync(store.chunks.list(collection, { from: key, limit: 1 }));
  return found && Buffer.from(found.bytes);
}

test.each(forms)('of %s no bit is flipped unseen', async (_, collection, value) => {
  using directory = quickTemporaryDirectory();
  const filled = open(directory.path);
  const count = 2_000;
  await filled.transact(async (tx) => {
    for (let bit = 0; bit < count; bit += 1) {
      if (collection.form === 'bytes') tx.keep(collection, keyOf(bit), printed);
      else tx.put(collection, keyOf(bit), value);
    }
  });
  await filled.close();
  let bits = 0;
  await changeRaw(directory.path, (table) => {
    const rows = table(collection.name);
    for (const { key, value, version = 0 } of Array.from(rows.getRange({ versions: true }))) {
      if (bits < value.length * 8) rows.putSync(key, flipped(value, bits), version);
      bits += 1;
    }
    bits = (rows.get(keyOf(0))?.length ?? 0) * 8;
  });
  expect(bits).toBeGreaterThan(80);
  expect(bits).toBeLessThan(count);
  const store = open(directory.path);
  for (let bit = 0; bit < bits; bit += 1) {
    const key = keyOf(bit);
    await expect(storedValue(store, collection, key), `bit ${bit}`).rejects.toMatchObject(
      unreadable(collection.name, key),
    );
  }
  expect(await storedValue(store, collection, keyOf(bits))).toEqual(value);
  await expect(Array.fromAsync(stored(store, collection))).rejects.toMatchObject(unreadable(collection.name, keyOf(0)));
  await store.close();
});

test('of an event no bit is flipped unseen', async () => {
  using directory = quickTemporaryDirectory();
  const filled = open(directory.path);
  await filled.transact(async (tx) => {
    for (let n = 0; n < 1_000; n += 1) tx.emit({ type: 'thing', action: 'created', key: 'x' });
  });
  await filled.close();
  let bits = 0;
  await changeRaw(directory.path, (table) => {
    for (const { key, value } of Array.from(table('events').getRange({ limit: 999 }))) {
      table('events').putSync(key, flipped(value, bits % (value.length * 8)));
      bits += 1;
    }
  });
  const store = open(directory.path);
  for (let sequence = 1; sequence < 1_000; sequence += 1) {
    const key = String(sequence).padStart(16, '0');
    await expect(store.events.read(sequence - 1, 1)).rejects.toMatchObject(unreadable('events', key));
  }
  expect(await store.events.read(999, 1)).toMatchObject([{ sequence: 1_000 }]);
  await store.close();
});

test.each(['counters', 'form', 'schema'])('of %s no bit is flipped unseen', async (key) => {
  using directory = quickTemporaryDirectory();
  await open(directory.path).close();
  const root = openEnvironment(join(directory.path, 'store'), { overlappingSync: false });
  const rows = root.openDB<Buffer, string>({ name: 'meta', encoding: 'binary' });
  const read = () => new Meta(root).readCounters();
  const sound = rows.get(key) ?? Buffer.alloc(0);
  for (let bit = 0; bit < sound.length * 8; bit += 1) {
    rows.putSync(key, flipped(sound, bit));
    expect(read, `bit ${bit}`).toThrow(expect.objectContaining(unreadable('meta', key)));
  }
  rows.putSync(key, sound);
  expect(read()).toEqual({ revision: 0, sequence: 0, firstEvent: 1, eventRows: 0, listedRevision: 0 });
  rows.removeSync(key);
  expect(read).toThrow(/of the collection meta cannot be read/);
  await root.close();
});

test('values that changed places are told apart from those that are where they were written', async () => {
  using directory = quickTemporaryDirectory();
  const filled = open(directory.path);
  await filled.transact(async (tx) => {
    for (const key of ['a', 'b']) for (const collection of [things, others]) tx.put(collection, key, { n: 1 });
  });
  await filled.close();
  await changeRaw(directory.path, (table) => {
    const [one, other] = ['a', 'b'].map((key) => table('things').get(key) ?? Buffer.alloc(0));
    if (one === undefined || other === undefined) throw new Error('there are two keys');
    table('things').putSync('a', other, 1);
    table('things').putSync('b', one, 1);
    table('others').putSync('a', one, 1);
  });
  const store = open(directory.path);
  for (const [collection, key] of [
    [things, 'a'],
    [things, 'b'],
    [others, 'a'],
  ] as const) {
    await expect(store.get(collection, key)).rejects.toMatchObject(unreadable(collection.name, key));
  }
  expect((await store.get(others, 'b'))?.value).toEqual({ n: 1 });
  await using reader = openReadOnly(directory.path, [things, others]);
  await expect(reader.get(things, 'a')).rejects.toMatchObject(unreadable('things', 'a'));
  expect((await reader.get(others, 'b'))?.value).toEqual({ n: 1 });
  await store.close();
});

test.each(['renewing', 'checked'] as const)('two bits are not flipped unseen either, where values are %s', (kind) => {
  const form: StoredForm = { kind, unchecked: 0 };
  const values = new StoredValues('things', () => form);
  const encoded = values.encode('key', { n: 1 });
  for (let one = 0; one < encoded.length * 8; one += 1) {
    for (let other = 0; other < one; other += 1) {
      const changed = flipped(encoded, one, other);
      expect(() => values.decode('key', changed)).toThrow(/its checksum does not match/);
      expect(() => values.decodeBytes('key', changed, 1)).toThrow(/its checksum does not match/);
    }
  }
  expect(values.decode('key', encoded)).toEqual({ n: 1 });
});

test('the mark of a checksum is three flipped bits away from JSON', () => {
  const [mark = 0] = new Checksums('things').before('key', '{}');
  const bitsOf = (byte: number) => byte.toString(2).replaceAll('0', '').length;
  const near = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => bitsOf(byte ^ mark) < 3);
  expect(near).toHaveLength(1 + 8 + 28);
  expect(near.filter((byte) => beginsAsJson(Uint8Array.of(byte)))).toEqual([]);
  for (const value of [{}, [], 'x', 0, -1, 12.5, true, false, null]) {
    expect(beginsAsJson(Buffer.from(JSON.stringify(value)))).toBe(true);
  }
});

test('text, bytes and keys of any kind come back', () => {
  const checksums = new Checksums('things');
  for (const key of ['a', 'é', '\u{1f600}', 'x'.repeat(500)]) {
    for (const text of ['', '"é\u{1f600}"', 'x'.repeat(100_000)]) {
      expect(checksums.behind(key, checksums.before(key, text))?.equals(Buffer.from(text))).toBe(true);
      expect(checksums.before(key, Buffer.from(text)).equals(checksums.before(key, text))).toBe(true);
    }
  }
});
