import { afterEach, expect, test, vi } from 'vitest';
import { always, collectGarbage, systemMemory, whileConnected } from '../../src/server/garbage.ts';
import { until } from '../support/until.ts';

afterEach(() => void vi.useRealTimers());

test('what nothing refers to any more is given back while the process grows', async () => {
  let collections = 0;
  const memory = {
    ...systemMemory,
    collect() {
      collections += 1;
      systemMemory.collect();
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
  ['while machines are connected', whileConnected, 32],
  ['always', always, 128],
])('%s it is collected whenever the process has grown by so much, and not before', (_, watch, mebibytes) => {
  vi.useFakeTimers();
  const start = 200 * 1024 * 1024;
  let resident = start;
  let collections = 0;
  const memory = {
    residentBytes: () => resident,
    collect() {
      collections += 1;
      resident = start + 1;
    },
  };
  const grown = (bytes: number) => {
    resident += bytes;
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

test('memory that the system does not tell, as without a descriptor to ask by, is no fault', () => {
  vi.useFakeTimers();
  const failing = vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => {
    throw new Error('Failed to get memory usage');
  });
  const collections: unknown[] = [];
  const memory = { ...systemMemory, collect: () => void collections.push(always) };
  using _garbage = collectGarbage(memory, always);
  vi.advanceTimersByTime(3 * always.lookMs);
  expect(collections).toHaveLength(0);
  failing.mockReturnValue(1024 ** 4);
  vi.advanceTimersByTime(always.lookMs);
  expect(collections).toHaveLength(1);
  failing.mockRestore();
});
