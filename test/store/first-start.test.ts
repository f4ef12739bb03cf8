import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { records } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const things = records<{ n: number }>('things');

const openStore = (directory: string, newStore = false) => openLmdbStore({ directory, clock: systemClock, newStore });

/** Opens and closes it. */
async function start(directory: string, newStore = false): Promise<number> {
  const store = openStore(directory, newStore);
  const count = await store.count(things);
  await store.close();
  return count;
}

/** A data directory with one record in its store. */
async function usedDirectory() {
  const directory = temporaryDirectory();
  const store = openStore(directory.path);
  await store.transact(async (tx) => tx.put(things, 'a', { n: 1 }));
  await store.close();
  const at = (...names: string[]) => join(directory.path, ...names);
  return { ...directory, at, key: () => readFileSync(at('master.key'), 'utf8') };
}

test.each([
  ['without its store', (at: At) => rmSync(at('store'), { recursive: true }), /there is no store in/],
  ['without its data file', (at: At) => rmSync(at('store', 'data.mdb')), /there is no store in/],
  ['with an emptied data file', (at: At) => truncateSync(at('store', 'data.mdb'), 0), /data\.mdb is empty/],
] as const)('a data directory %s is not a fresh site, unless one says so', async (_, lose, message) => {
  using directory = await usedDirectory();
  const { path, at, key } = directory;
  const before = key();
  lose(at);
  for (const _ of [1, 2]) {
    expect(() => openStore(path)).toThrow(message);
    expect(() => openStore(path)).toThrow(
      expect.objectContaining({ code: 'store_unusable', hint: expect.stringMatching(/--new-store/) }),
    );
  }
  expect(existsSync(at('server.pid'))).toBe(false);
  expect(await start(path, true)).toBe(0);
  // What another backup was sealed with may still be needed.
  expect(key()).toBe(before);
  expect(await start(path)).toBe(0);
});
type At = (...names: string[]) => string;

test('a new store is not made where there is one, damaged or not', async () => {
  using directory = await usedDirectory();
  expect(() => openStore(directory.path, true)).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
  writeFileSync(directory.at('store', 'data.mdb'), 'damaged');
  expect(() => openStore(directory.path, true)).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
  expect(readFileSync(directory.at('store', 'data.mdb'), 'utf8')).toBe('damaged');
});

test('an emptied store is not a fresh one where the key is gone too', async () => {
  using directory = await usedDirectory();
  truncateSync(directory.at('store', 'data.mdb'), 0);
  rmSync(directory.at('master.key'));
  expect(() => openStore(directory.path)).toThrow(/data\.mdb is empty/);
});

const marker = 'store.incomplete';
const key = `${Buffer.alloc(32, 7).toString('base64url')}\n`;

/** What a first start leaves that is killed at one point after the other, or loses what was not flushed to a power cut. */
const halves: readonly (readonly [string, (at: At) => void])[] = [
  ['before the key', () => {}],
  ['with a key cut short beside it', (at) => writeFileSync(at('master.key.new'), 'x', { mode: 0o600 })],
  ['after the key', (at) => writeFileSync(at('master.key'), key, { mode: 0o600 })],
  ['with an empty directory', (at) => filled(at, undefined)],
  ['with an empty data file', (at) => filled(at, Buffer.alloc(0))],
  ['with half a data file', (at) => filled(at, Buffer.alloc(4096, 1))],
  ['with a data file of zeros', (at) => filled(at, Buffer.alloc(8192))],
];

function filled(at: At, bytes: Buffer | undefined): void {
  writeFileSync(at('master.key'), key, { mode: 0o600 });
  mkdirSync(at('store'));
  if (bytes !== undefined) writeFileSync(at('store', 'data.mdb'), bytes);
}

test.each(halves)('a first start that was cut short %s is gone on with', async (_, leave) => {
  using directory = temporaryDirectory();
  const at: At = (...names) => join(directory.path, ...names);
  writeFileSync(at(marker), '');
  leave(at);
  expect(await start(directory.path)).toBe(0);
  expect(existsSync(at(marker))).toBe(false);
  expect(await start(directory.path)).toBe(0);
});

test('what a finished first start keeps is kept when its last step did not last', async () => {
  using directory = await usedDirectory();
  writeFileSync(directory.at(marker), '');
  expect(await start(directory.path)).toBe(1);
  rmSync(directory.at('store'), { recursive: true });
  // Only what was never begun begins again in silence.
  expect(() => openStore(directory.path)).toThrow(/there is no store/);
});
