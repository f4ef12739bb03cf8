import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { always, collectGarbage, systemMemory, whileConnected } from '../../src/server/garbage.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

afterEach(() => void vi.useRealTimers());

test('what nothing refers to any more is given back while the process grows', async () => {
  let collections = 0;
  const memory = {
    ...systemMemory,
    collect() {
      collections += 1;
      systemMemory.collectNow();
    },
  };
  using _garbage = collectGarbage(memory, whileConnected);
  const held: Uint8Array[] = [];
  await until(() => {
    held.push(new Uint8Array(4 * 1024 * 1024).fill(1));
    return collections > 1;
  });
  // Not at every look, but for what was added since the last one.
  expect(held.length).toBeGreaterThan(2 * 7);
});

test.each([
  ['while machines are connected', whileConnected, 200, 100],
  ['while machines are connected', whileConnected, 120, 60],
  ['while machines are connected', whileConnected, 60, 56],
  ['always', always, 200, 128],
  ['always', always, 400, 200],
])('%s it is collected whenever the process has grown by so much, and not before', (_, watch, begun, mebibytes) => {
  vi.useFakeTimers();
  const start = begun * 1024 * 1024;
  let held = start;
  let collections = 0;
  const memory = {
    ownBytes: () => held,
    collect() {
      collections += 1;
      held = start;
    },
    collectNow: () => expect.unreachable(),
  };
  const grown = (bytes: number) => {
    held += bytes;
    vi.advanceTimersByTime(watch.lookMs);
    return collections;
  };
  const garbage = collectGarbage(memory, watch);
  const most = mebibytes * 1024 * 1024;
  expect([grown(most - 1), grown(0), grown(1)]).toEqual([0, 0, 1]);
  expect([grown(most - 1), grown(1)]).toEqual([1, 2]);
  garbage[Symbol.dispose]();
  expect(grown(2 * most)).toBe(2);
});

test('where that is not enough everybody waits for a collection, now and then, and at once when it is far too much', () => {
  vi.useFakeTimers();
  const mebibyte = 1024 * 1024;
  let held = 100 * mebibyte;
  const done: string[] = [];
  const memory = {
    ownBytes: () => held,
    collect: () => void done.push('begun'),
    collectNow: () => void done.push('now'),
  };
  using _garbage = collectGarbage(memory, whileConnected);
  const after = (mebibytes: number, looks: number) => {
    held = mebibytes * mebibyte;
    vi.advanceTimersByTime(looks * whileConnected.lookMs);
    return done.splice(0);
  };
  expect(after(150, 1)).toEqual(['begun']);
  expect(after(150, 1)).toEqual(['now']);
  // From here on 150 MiB are what there is.
  expect(after(224, 1)).toEqual([]);
  expect(after(225, 1)).toEqual(['begun']);
  expect(after(225, 22)).toEqual([]);
  expect(after(225, 1)).toEqual(['now']);
  expect(after(340, 1)).toEqual(['begun']);
  expect(after(506, 1)).toEqual([]);
  expect(after(507, 1)).toEqual(['now']);
});

test('memory that the system does not tell is no fault', () => {
  vi.useFakeTimers();
  let held: number | undefined;
  const collections: unknown[] = [];
  const memory = { ownBytes: () => held, collect: () => void collections.push(always), collectNow: () => {} };
  using _garbage = collectGarbage(memory, always);
  vi.advanceTimersByTime(3 * always.lookMs);
  expect(collections).toHaveLength(0);
  held = 1024 ** 4;
  vi.advanceTimersByTime(always.lookMs);
  expect(collections).toHaveLength(1);
});

test('without a descriptor to ask by, it is not known what the process holds', () => {
  const source = `
    const { openSync } = require('node:fs');
    const { systemMemory } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/server/garbage.ts'))});
    const before = systemMemory.ownBytes();
    try { for (;;) openSync('/dev/null', 'r'); } catch (error) { console.log(before > 0, error.code, systemMemory.ownBytes()); }
  `;
  const printed = execFileSync('sh', ['-c', 'ulimit -n 64 && exec "$0" -e "$1"', process.execPath, source], {
    encoding: 'utf8',
  });
  expect(printed).toBe('true EMFILE undefined\n');
});

test('the pages of a mapped file are not held by the process', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'large');
  const size = 256 * 1024 * 1024;
  writeFileSync(path, '');
  truncateSync(path, size);
  const before = systemMemory.ownBytes() ?? 0;
  const mapped = Bun.mmap(path);
  let sum = 0;
  for (let at = 0; at < size; at += 4_096) sum += mapped[at] ?? 0;
  expect(sum).toBe(0);
  expect(process.memoryUsage.rss()).toBeGreaterThan(size);
  expect((systemMemory.ownBytes() ?? 0) - before).toBeLessThan(size / 2);
});
