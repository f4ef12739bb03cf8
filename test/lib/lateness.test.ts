import { expect, test } from 'vitest';
import { systemLateness } from '../../src/lib/lateness.ts';
import { until } from '../support/until.ts';

test('who keeps the process busy makes it late, and by that much', async () => {
  const told: number[] = [];
  using _watching = systemLateness.watch((ms) => told.push(ms));
  await until(() => told.length > 0);
  const before = told.length;
  const over = performance.now() + 100;
  while (performance.now() < over);
  await until(() => told.length > before);
  expect(Math.max(...told.slice(before))).toBeGreaterThanOrEqual(80);
});

test('it tells nothing more once nobody listens', async () => {
  let told = 0;
  systemLateness.watch(() => (told += 1))[Symbol.dispose]();
  let others = 0;
  using _watching = systemLateness.watch(() => (others += 1));
  await until(() => others >= 3);
  expect(told).toBe(0);
});
