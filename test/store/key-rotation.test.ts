import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CompactEncrypt } from 'jose';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { withoutChecksum } from '../../src/store/checksums.ts';
import { byteChunks, type Store, sealedRecords } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { silentLogger } from '../support/migrated.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { takeChecksums, writeRaw } from './raw.ts';

const secrets = sealedRecords<{ n: number }>('secrets');
const others = sealedRecords<{ n: number }>('others');
const rotator = fileURLToPath(new URL('./processes/rotator.ts', import.meta.url));

const openStore = (directory: string, passphrase?: string) =>
  openLmdbStore({ directory, clock: systemClock, passphrase });
const keysIn = (directory: string) => readFileSync(join(directory, 'master.key'), 'utf8').trim().split('\n');

async function fill(store: Store, count: number): Promise<void> {
  await store.transact(async (tx) => {
    for (let n = 0; n < count; n += 1) tx.put(secrets, String(n), { n });
    tx.put(others, 'one', { n: -1 });
  });
}

async function numbers(store: Store): Promise<number[]> {
  return (await Array.fromAsync(store.list(secrets), ({ value }) => value.n)).toSorted((one, other) => one - other);
}

/** The sealed texts as they lie on disk. */
async function sealedTexts(directory: string): Promise<string[]> {
  const root = open<unknown, string>({ path: join(directory, 'store'), readOnly: true, maxDbs: 64 });
  const texts = ['secrets', 'others'].flatMap((name) =>
    Array.from(root.openDB<Buffer, string>({ name, encoding: 'binary', useVersions: true }).getRange(), ({ value }) =>
      String(JSON.parse(withoutChecksum(value).toString())),
    ),
  );
  await root.close();
  return texts;
}

test('a rotation seals everything anew, keeps revisions, and leaves the old key nowhere', async () => {
  using directory = temporaryDirectory();
  const store = openStore(directory.path);
  await fill(store, 1_000);
  const before = keysIn(directory.path);
  const revision = (await store.get(secrets, '7'))?.revision;
  expect(await store.rotateKeys()).toEqual({ key: expect.stringMatching(/^[0-9a-f]{16}$/), records: 1_001 });
  expect(await numbers(store)).toHaveLength(1_000);
  expect((await store.get(secrets, '7'))?.revision).toBe(revision);
  await store.close();
  const after = keysIn(directory.path);
  expect([before.length, after.length]).toEqual([1, 1]);
  expect(after).not.toEqual(before);
  const next = openStore(directory.path);
  expect(await numbers(next)).toHaveLength(1_000);
  expect((await next.get(others, 'one'))?.value).toEqual({ n: -1 });
  await next.close();
  // The key before opens nothing any more.
  writeFileSync(join(directory.path, 'master.key'), `${before[0]}\n`, { mode: 0o600 });
  const wrong = openStore(directory.path);
  await expect(wrong.get(secrets, '7')).rejects.toMatchObject({ code: 'store_unusable' });
  await wrong.close();
});

test('what is read and written during rotations is never out of reach', async () => {
  using directory = temporaryDirectory();
  const store = openStore(directory.path);
  await fill(store, 300);
  let isOver = false;
  const reading = (async () => {
    let reads = 0;
    while (!isOver) {
      expect(await store.get(secrets, String(reads % 300))).toBeDefined();
      expect((await numbers(store)).length).toBeGreaterThanOrEqual(300);
      reads += 1;
      await new Promise(setImmediate);
    }
    return reads;
  })();
  const writing = (async () => {
    let n = 300;
    for (; !isOver; n += 1) await store.transact(async (tx) => tx.put(secrets, String(n), { n }));
    return n;
  })();
  for (let round = 0; round < 5; round += 1) await store.rotateKeys();
  isOver = true;
  expect(await reading).toBeGreaterThan(0);
  const written = await writing;
  await store.close();
  const next = openStore(directory.path);
  expect(await numbers(next)).toEqual(Array.from({ length: written }, (_, n) => n));
  await next.close();
});

test('what was being sealed while the key changed is sealed with the new one', async () => {
  using directory = temporaryDirectory();
  const store = openStore(directory.path);
  // To seal so many takes longer than to rotate the key of an empty store.
  const writing = fill(store, 3_000);
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  await store.rotateKeys();
  await writing;
  await store.close();
  const next = openStore(directory.path);
  expect(await numbers(next)).toHaveLength(3_000);
  await next.close();
});

test('two rotations at once are one', async () => {
  using directory = temporaryDirectory();
  const store = openStore(directory.path);
  await fill(store, 10);
  const [one, other] = await Promise.all([store.rotateKeys(), store.rotateKeys()]);
  expect(one).toEqual(other);
  await store.close();
});

test('what the first builds sealed, without the id of its key, opens, and is sealed anew when the store is upgraded', async () => {
  using directory = temporaryDirectory();
  const first = openStore(directory.path);
  await fill(first, 3);
  await first.close();
  const key = Buffer.from(keysIn(directory.path)[0] ?? '', 'base64url');
  const old = await new CompactEncrypt(new TextEncoder().encode('{"n":2}'))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(key);
  await takeChecksums(directory.path);
  await writeRaw(directory.path, 'secrets', '2', () => Buffer.from(JSON.stringify(old)));
  const store = openStore(directory.path);
  expect(await numbers(store)).toEqual([0, 1, 2]);
  const signal = new AbortController().signal;
  await store.renewForm({ collections: [secrets, others], clock: systemClock, logger: silentLogger, signal });
  expect(await sealedTexts(directory.path)).not.toContain(old);
  expect(await numbers(store)).toEqual([0, 1, 2]);
  expect(await store.rotateKeys()).toMatchObject({ records: 4 });
  expect(await numbers(store)).toEqual([0, 1, 2]);
  await store.close();
  expect(await sealedTexts(directory.path)).not.toContain(old);
});

const chunks = byteChunks('chunks');
const catalogue = [secrets, chunks].map((collection) => ({ collection, kept: 'for the test' }));
const openCatalogued = (directory: string) => openLmdbStore({ directory, clock: systemClock, catalogue });

test('a damaged record does not make a sealed collection one that is left behind with the old key', async () => {
  using directory = temporaryDirectory();
  const store = openCatalogued(directory.path);
  await fill(store, 10);
  await writeRaw(directory.path, 'secrets', '0', (bytes) => bytes.fill(0));
  await expect(store.rotateKeys()).rejects.toMatchObject({ code: 'store_unusable' });
  await store.close();
  // Both keys: what the rotation did not come to is sealed with the one before.
  expect(keysIn(directory.path)).toHaveLength(2);
  const next = openCatalogued(directory.path);
  for (let n = 1; n < 10; n += 1) expect((await next.get(secrets, String(n)))?.value).toEqual({ n });
  await next.close();
});

test('what a machine printed is not taken for a sealed record', async () => {
  using directory = temporaryDirectory();
  const store = openCatalogued(directory.path);
  await fill(store, 3);
  const printed = Buffer.from(`"eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA"`);
  await store.transact(async (tx) => tx.keep(chunks, 'first', printed));
  // Those of `others`, which is not in the catalogue, are found by what they look like.
  expect(await store.rotateKeys()).toMatchObject({ records: 4 });
  expect(await Array.fromAsync(store.chunks.list(chunks), ({ bytes }) => Buffer.from(bytes))).toEqual([printed]);
  await store.close();
  expect(keysIn(directory.path)).toHaveLength(1);
  const next = openCatalogued(directory.path);
  expect(await numbers(next)).toEqual([0, 1, 2]);
  expect((await next.get(others, 'one'))?.value).toEqual({ n: -1 });
  await next.close();
});

test('a key file that cannot be written leaves everything as it was', async () => {
  using directory = temporaryDirectory();
  const store = openStore(directory.path);
  await fill(store, 10);
  const before = keysIn(directory.path);
  // In the way of the file that the next one is written to.
  mkdirSync(join(directory.path, 'master.key.new'));
  await expect(store.rotateKeys()).rejects.toMatchObject({ code: 'store_unusable' });
  expect(keysIn(directory.path)).toEqual(before);
  expect(await numbers(store)).toHaveLength(10);
  renameSync(join(directory.path, 'master.key.new'), join(directory.path, 'aside'));
  expect(await store.rotateKeys()).toMatchObject({ records: 11 });
  await store.close();
});

test('a process killed while it rotates loses nothing, ten times over', async () => {
  using directory = temporaryDirectory();
  const first = openStore(directory.path);
  await fill(first, 400);
  await first.close();
  const acknowledged = new Set<number>(Array.from({ length: 400 }, (_, n) => n));
  let unfinished = 0;
  for (let round = 1; round <= 10; round += 1) {
    const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [
      rotator,
      directory.path,
      String(round * 100_000),
    ]);
    const lines: string[] = [];
    const errors: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      // In the midst of a rotation, a little later each time.
      const begun = lines.filter((each) => each.startsWith('begins ')).length;
      if (begun >= 2 && lines.at(-round)?.startsWith('begins ')) child.kill('SIGKILL');
    });
    expect(await once(child, 'close'), errors.join('\n')).toEqual([null, 'SIGKILL']);
    for (const line of lines.slice(0, -1)) if (line.startsWith('wrote ')) acknowledged.add(Number(line.split(' ')[1]));
    if (keysIn(directory.path).length > 1) unfinished += 1;
    const store = openStore(directory.path);
    const kept = new Set(await numbers(store));
    expect([...acknowledged].filter((n) => !kept.has(n))).toEqual([]);
    await store.close();
  }
  expect(unfinished).toBeGreaterThan(0);
  const store = openStore(directory.path);
  await store.finishRotation();
  expect(keysIn(directory.path)).toHaveLength(1);
  await store.close();
  const next = openStore(directory.path);
  expect((await numbers(next)).length).toBeGreaterThanOrEqual(acknowledged.size);
  await next.close();
});

test('with a passphrase the key is not on disk, and no other passphrase opens it', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'master.key');
  const plain = openStore(directory.path);
  await fill(plain, 5);
  await plain.close();
  const [key = ''] = keysIn(directory.path);
  // From the first start with one.
  const store = openStore(directory.path, 'correct horse');
  expect(await numbers(store)).toHaveLength(5);
  await store.rotateKeys();
  await store.close();
  const text = readFileSync(path, 'utf8');
  expect(text).not.toContain(key);
  expect(JSON.parse(text)).toMatchObject({ derivation: { kdf: 'scrypt', cost: 131072 } });
  for (const [passphrase, message] of [
    ['battery staple', /does not open the master key/],
    [undefined, /protected by a passphrase, and none was given/],
  ] as const) {
    expect(() => openStore(directory.path, passphrase)).toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
  const again = openStore(directory.path, 'correct horse');
  expect(await numbers(again)).toEqual([0, 1, 2, 3, 4]);
  await again.close();
  writeFileSync(path, text.replace('131072', '65536'));
  expect(() => openStore(directory.path, 'correct horse')).toThrow(/does not open/);
  expect(existsSync(`${path}.new`)).toBe(false);
  chmodSync(path, 0o640);
  expect(() => openStore(directory.path, 'correct horse')).toThrow(/others may read/);
});
