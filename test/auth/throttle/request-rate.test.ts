import { expect, test } from 'vitest';
import { RequestRate } from '../../../src/auth/throttle/request-rate.ts';
import { standingClock } from '../support.ts';

test('twice the rate at once, then the rate, for each sender', () => {
  const clock = standingClock();
  const rate = new RequestRate(clock, 10);
  const taken = (sender: string, count: number) =>
    Array.from({ length: count }, () => rate.take(sender)).filter((wait) => wait === 0).length;
  expect(taken('a', 100)).toBe(20);
  expect(rate.take('a')).toBeCloseTo(100);
  expect(taken('b', 100)).toBe(20);
  clock.advance(500);
  expect(taken('a', 100)).toBe(5);
  clock.advance(60_000);
  expect(taken('a', 100)).toBe(20);
});

test('senders without number cost no memory without number', () => {
  const rate = new RequestRate(standingClock(), 1);
  for (let number = 0; number < 10_001; number += 1) rate.take(`sender ${number}`);
  // The first was forgotten, and is as one that never came; the last is remembered.
  expect([rate.take('sender 0'), rate.take('sender 0'), rate.take('sender 0')].map((wait) => wait === 0)).toEqual([
    true,
    true,
    false,
  ]);
  rate.take('sender 10000');
  expect(rate.take('sender 10000')).toBeGreaterThan(0);
});
