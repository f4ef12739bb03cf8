import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { GarbageWatch, systemMemory } from '../../src/server/garbage.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

afterEach(() => void vi.useRealTimers());

const mebibyte = 1024 * 1024;
const usualLookMs = 1_000;
const closeLookMs = 200;
const againMs = 3_000;

/** Memory that holds what it is told, and counts what is done. */
function told(mebibytes: number | undefined) {
  const done: string[] = [];
  const memory = {
    held: mebibytes,
    ownBytes: () => (memory.held === undefined ? undefined : memory.held * mebibyte),
    collect: () => void done.push('collect'),
    collectNow: () => void done.push('give back'),
  };
  /** What is done within so many milliseconds. */
  const after = (held: number, ms: number) => {
    memory.held = held;
    vi.advanceTimersByTime(ms);
    return done.splice(0);
  };
  return { memory, after, done };
}

test('a real process gives back what nothing refers to any more while it grows', async () => {
  let collections = 0;
  const counted = () => {
    collections += 1;
    systemMemory.collectNow();
  };
  using garbage = new GarbageWatch({ ...systemMemory, collect: counted, collectNow: counted });
  using _closely = garbage.lookClosely();
  const held: Uint8Array[] = [];
  await until(() => {
    held.push(new Uint8Array(4 * mebibyte).fill(1));
    return collections > 1;
  });
  // Not at every look, but for what was added since the last one.
  expect(held.length).toBeGreaterThan(2 * 7);
});

test.each([
  [true, 200, 100],
  [true, 120, 60],
  [true, 60, 56],
  [false, 200, 128],
  [false, 400, 200],
])(
  'closely: %s; from %d MiB on it collects when the process has grown by %d MiB, and not before',
  (closely, begun, grown) => {
    vi.useFakeTimers();
    const { memory, after } = told(begun);
    using garbage = new GarbageWatch(memory);
    using _closely = closely ? garbage.lookClosely() : undefined;
    const lookMs = closely ? closeLookMs : usualLookMs;
    expect(after(begun + grown - 1, againMs)).toEqual([]);
    expect(after(begun + grown, lookMs)).toEqual(['collect']);
    // The next one comes after a while, and only if it was not enough.
    expect(after(begun + grown, againMs - lookMs)).toEqual([]);
    expect(after(begun + grown - 1, lookMs)).toEqual([]);
    expect(after(begun + grown, lookMs)).toEqual(['collect']);
  },
);

test('growth that is far too much is given back at once', () => {
  vi.useFakeTimers();
  const { memory, after } = told(200);
  using garbage = new GarbageWatch(memory);
  using _closely = garbage.lookClosely();
  expect(after(300, closeLookMs)).toEqual(['collect']);
  expect(after(449, closeLookMs)).toEqual([]);
  expect(after(450, closeLookMs)).toEqual(['give back']);
  // From here on 450 MiB are what there is.
  expect(after(674, againMs)).toEqual([]);
  expect(after(675, closeLookMs)).toEqual(['collect']);
});

test('after five collections that were not enough everything is given back', () => {
  vi.useFakeTimers();
  const { memory, after } = told(200);
  using garbage = new GarbageWatch(memory);
  using _closely = garbage.lookClosely();
  expect(after(300, closeLookMs + 5 * againMs)).toEqual([...Array(5).fill('collect'), 'give back']);
  expect(after(449, 2 * againMs)).toEqual([]);
});

test('it goes by the least that was held', () => {
  vi.useFakeTimers();
  const { memory, after } = told(400);
  using garbage = new GarbageWatch(memory);
  using _closely = garbage.lookClosely();
  expect(after(200, closeLookMs)).toEqual([]);
  expect(after(300, closeLookMs)).toEqual(['collect']);
});

test('it looks closely as long as somebody wants that, and not at all once it is disposed of', () => {
  vi.useFakeTimers();
  const { memory, after } = told(200);
  const garbage = new GarbageWatch(memory);
  const [one, other] = [garbage.lookClosely(), garbage.lookClosely()];
  one[Symbol.dispose]();
  expect(after(300, closeLookMs)).toEqual(['collect']);
  other[Symbol.dispose]();
  expect(after(300, 2 * againMs)).toEqual([]);
  expect(after(328, usualLookMs)).toEqual(['collect']);
  const last = garbage.lookClosely();
  garbage[Symbol.dispose]();
  last[Symbol.dispose]();
  expect(after(10_000, 10 * againMs)).toEqual([]);
});

test('memory that the system does not tell is no fault', () => {
  vi.useFakeTimers();
  const { memory, after, done } = told(undefined);
  using _garbage = new GarbageWatch(memory);
  vi.advanceTimersByTime(3 * usualLookMs);
  expect(done).toEqual([]);
  expect(after(1024 ** 2, usualLookMs)).toEqual(['give back']);
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
