import { expect, test } from 'vitest';
import { ProvenCredentials } from '../../../../src/auth/authenticators/basic/proven.ts';
import { randomBytes, standingClock } from '../../support.ts';

test('the least recently used makes room', () => {
  const proven = new ProvenCredentials({ clock: standingClock(), key: randomBytes(32), limit: 2 });
  proven.remember('a');
  proven.remember('b');
  expect(proven.has('a')).toBe(true);
  proven.remember('c');
  expect(['a', 'b', 'c'].map((key) => proven.has(key))).toEqual([true, false, true]);
});

test('keys tell user and password apart, and differ between processes', () => {
  const clock = standingClock();
  const one = new ProvenCredentials({ clock, key: randomBytes(32) });
  const other = new ProvenCredentials({ clock, key: randomBytes(32) });
  expect(one.keyOf('ab', 'c')).not.toBe(one.keyOf('a', 'bc'));
  expect(one.keyOf('a', 'b')).not.toBe(other.keyOf('a', 'b'));
});
