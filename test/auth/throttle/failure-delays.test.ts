import { expect, test } from 'vitest';
import { FailureDelays } from '../../../src/auth/throttle/failure-delays.ts';
import { standingClock } from '../support.ts';

function delays(keys = 100) {
  const clock = standingClock();
  const delay = new FailureDelays({ clock, free: 3, first: 1_000, longest: 8_000, keys });
  const fail = (key: string) => {
    delay.begin(key);
    delay.failed(key);
  };
  return { clock, delay, fail };
}

test('some failures are free, then each doubles the pause, up to the longest', () => {
  const { clock, delay, fail } = delays();
  const pauses = Array.from({ length: 9 }, () => {
    const wait = delay.wait('a');
    clock.advance(wait);
    expect(delay.wait('a')).toBe(0);
    fail('a');
    return wait;
  });
  expect(pauses).toEqual([0, 0, 0, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
});

test('one key does not slow another, and success forgets', () => {
  const { delay, fail } = delays();
  for (let count = 0; count < 5; count += 1) fail('a');
  expect(delay.wait('a')).toBeGreaterThan(0);
  expect(delay.wait('b')).toBe(0);
  delay.succeeded('a');
  expect(delay.wait('a')).toBe(0);
});

test('of many at once only the free ones are let through before any has failed', () => {
  const { delay } = delays();
  let begun = 0;
  for (let count = 0; count < 1_000; count += 1) {
    if (delay.wait('a') > 0) continue;
    delay.begin('a');
    begun += 1;
  }
  expect(begun).toBe(3);
});

test('after a pause one attempt is let through at a time', () => {
  const { clock, delay, fail } = delays();
  for (let count = 0; count < 4; count += 1) fail('a');
  clock.advance(delay.wait('a'));
  delay.begin('a');
  expect(delay.wait('a')).toBeGreaterThan(0);
  delay.abandoned('a');
  expect(delay.wait('a')).toBe(0);
});

test('a key that did not fail for long is as good as new', () => {
  const { clock, delay, fail } = delays();
  for (let count = 0; count < 9; count += 1) fail('a');
  clock.advance(60 * 60_000);
  fail('b');
  for (let count = 0; count < 2; count += 1) fail('a');
  expect(delay.wait('a')).toBe(0);
});

test('what is remembered has a bound, and those that failed last are remembered', () => {
  const { delay, fail } = delays(10);
  for (let count = 0; count < 5; count += 1) fail('old');
  for (let number = 0; number < 10; number += 1) fail(`k${number}`);
  expect(delay.wait('old')).toBe(0);
  for (let count = 0; count < 5; count += 1) fail('k9');
  expect(delay.wait('k9')).toBeGreaterThan(0);
});
