import { expect, test } from 'vitest';
import { Remembered } from '../../../src/auth/authenticators/remembered.ts';
import { randomBytes, standingClock } from '../support.ts';

const lifetimeMs = 60_000;

test('the least recently used makes room', () => {
  const remembered = new Remembered<number>({ clock: standingClock(), key: randomBytes(32), lifetimeMs, limit: 2 });
  remembered.remember('a', 1);
  remembered.remember('b', 2);
  expect(remembered.get('a')).toBe(1);
  remembered.remember('c', 3);
  expect(['a', 'b', 'c'].map((key) => remembered.get(key))).toEqual([1, undefined, 3]);
});

test('keys tell user and password apart, and differ between processes', () => {
  const clock = standingClock();
  const one = new Remembered({ clock, key: randomBytes(32), lifetimeMs });
  const other = new Remembered({ clock, key: randomBytes(32), lifetimeMs });
  expect(one.keyOf('ab', 'c')).not.toBe(one.keyOf('a', 'bc'));
  expect(one.keyOf('a', 'b')).not.toBe(other.keyOf('a', 'b'));
});
