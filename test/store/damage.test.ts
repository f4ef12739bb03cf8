import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { records } from '../../src/store/contract.ts';
import { damageIn } from '../../src/store/file-check.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { openReadOnly } from '../../src/store/read-only.ts';
import { checkDataFile, checkDataFileInUse, dataFileOf } from '../../src/store/store-file.ts';
import { quickTemporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { contentOf, fill } from './damaged-store.ts';
import { damagesOf } from './damages.ts';

const reader = fileURLToPath(new URL('./processes/damaged.ts', import.meta.url));
const writer = fileURLToPath(new URL('./processes/writer.ts', import.meta.url));
/** Every bit of every header takes minutes; without it, one bit of every field. */
const every = process.env.COMMISSAIRE_TEST_LONG === '1';

/** A store, closed, beside a file that says what is in it. */
async function soundStore(directory: string): Promise<void> {
  const filled = openLmdbStore({ directory, clock: systemClock });
  await fill(filled);
  writeFileSync(join(directory, 'content.json'), JSON.stringify(await contentOf(filled)));
  await filled.close();
}

/** What came of each damage, in order. A process that a damage ends is followed by one that goes on behind it. */
async function verdicts(sound: string, work: string, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const args = [reader, sound, work, String(found.length), ...(every ? ['every'] : [])];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const before = found.length;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { verdict } = JSON.parse(line);
      if (verdict !== undefined) found.push(verdict);
    });
    const [code, signal] = await once(child, 'close');
    if (found.length < count) found.push(`ended by ${signal ?? code}`);
    if (found.length === before) throw new Error('the process says nothing');
  }
  return found;
}

/** How many pages LMDB itself says have a header that counts: those of trees, and the first of each long value. */
async function pagesWithHeader(directory: string, longValues: number): Promise<number> {
  const root = open({ path: join(directory, 'store'), maxDbs: 64, readOnly: true });
  const trees = [...Array.from(root.getKeys(), String).map((name) => root.openDB({ name })), root];
  const stats = trees.map((tree) => tree.getStats() as { treeBranchPageCount: number; treeLeafPageCount: number });
  const { free } = root.getStats() as { free: { treeBranchPageCount: number; treeLeafPageCount: number } };
  await root.close();
  const pages = [...stats, free].map(
    ({ treeBranchPageCount, treeLeafPageCount }) => treeBranchPageCount + treeLeafPageCount,
  );
  return pages.reduce((sum, each) => sum + each, longValues);
}

test('a compact copy is whole, and so is what is written to it', async () => {
  using directory = quickTemporaryDirectory();
  const sound = join(directory.path, 'sound');
  await soundStore(sound);
  const content = readFileSync(join(sound, 'content.json'), 'utf8');
  const root = open({ path: join(sound, 'store'), maxDbs: 64 });
  const copied = join(directory.path, 'copied', 'store');
  mkdirSync(copied, { recursive: true });
  await root.backup(copied, true);
  await root.close();
  copyFileSync(join(sound, 'master.key'), join(directory.path, 'copied', 'master.key'));
  for (let opening = 0; opening < 3; opening += 1) {
    const store = openLmdbStore({ directory: join(directory.path, 'copied'), clock: systemClock });
    expect(JSON.stringify(await contentOf(store))).toBe(content);
    await store.transact(async (tx) => tx.put(records('after-the-copy'), `k${opening}`, opening));
    await store.close();
  }
});

test('no damage to the headers or the end of a store file ends the process, or shows less than there was', async () => {
  using directory = quickTemporaryDirectory();
  const sound = join(directory.path, 'sound');
  await soundStore(sound);
  const file = readFileSync(join(sound, 'store', 'data.mdb'));
  const damages = damagesOf(file, every);
  const found = await verdicts(sound, join(directory.path, 'work'), damages.length);
  const told = damages.map(({ what, page }, index) => ({ what, page, verdict: found[index] ?? '' }));

  expect(told.filter(({ verdict }) => !/^(equal|store_unusable|\d+ unreadable)$/.test(verdict))).toEqual([]);
  expect(told[0]?.verdict).toBe('equal');
  // The table shows nothing unless what counts is refused, and what does not is not.
  const pagesTold = (what: RegExp, verdict: string) =>
    told.filter((each) => what.test(each.what) && each.verdict === verdict && Number(each.page) > 1).length;
  // Those of the snapshot that is opened, and the two roots of the one before.
  const withHeader = (await pagesWithHeader(sound, 2)) + 2;
  expect(pagesTold(/^bit 1 of byte 0 /, 'store_unusable')).toBe(withHeader);
  expect(pagesTold(/^bit 1 of byte 18 /, 'store_unusable')).toBe(withHeader);
  expect(pagesTold(/ is zero$/, 'store_unusable')).toBe(withHeader);
  // Two values of five pages, of which one has a header.
  expect(pagesTold(/ is zero$/, '1 unreadable')).toBe(2 * 4);
  expect(withHeader).toBeLessThan(file.length / 4096 - 10);
}, 600_000);

test('of a store that is too large to be read as a whole, a cut is still found', async () => {
  using directory = quickTemporaryDirectory();
  await soundStore(directory.path);
  const path = dataFileOf(directory.path);
  const file = readFileSync(path);
  const damageOf = (bytes: Buffer, atMost: number) => {
    writeFileSync(path, bytes);
    const fd = openSync(path, 'r');
    try {
      return damageIn(fd, atMost);
    } finally {
      closeSync(fd);
    }
  };
  expect(damageOf(file, 0)).toBeUndefined();
  const cuts = Array.from({ length: file.length / 4096 }, (_, pages) => file.subarray(0, pages * 4096));
  const found = (atMost: number) => cuts.filter((bytes) => damageOf(bytes, atMost) !== undefined).length;
  expect(found(0)).toBe(found(1_000));
  expect(found(0)).toBeGreaterThan(40);
});

test('a file that a server writes to all the time is not taken for damaged', async () => {
  using directory = quickTemporaryDirectory();
  const child = spawn(process.execPath, [writer, directory.path, '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  let written = 0;
  createInterface({ input: child.stdout }).on('line', () => {
    written += 1;
  });
  await until(async () => written > 0);
  let looks = 0;
  // Long enough that pages are used again.
  await until(async () => {
    checkDataFileInUse(dataFileOf(directory.path));
    looks += 1;
    return written > 3_000;
  });
  child.kill('SIGKILL');
  await closed;
  expect(looks).toBeGreaterThan(10);
  checkDataFile(dataFileOf(directory.path));
});

test('a damage beside a server that has nothing to write is found', async () => {
  using directory = quickTemporaryDirectory();
  await soundStore(directory.path);
  const path = dataFileOf(directory.path);
  writeFileSync(path, readFileSync(path).fill(0, 8192));
  expect(() => openReadOnly(directory.path, [])).toThrow(/data\.mdb is damaged/);
});
