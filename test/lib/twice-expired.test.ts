import { expect, test } from 'vitest';
import { TwiceExpired } from '../../src/lib/twice-expired.ts';
import { standingClock } from '../auth/support.ts';

const hour = 3_600_000;

test('a thing has expired for certain when it is expired at a second look an hour later', () => {
  const clock = standingClock();
  const expired = new TwiceExpired(clock);
  expect([...expired.look(['a'])]).toEqual([]);
  clock.advance(hour - 1);
  expect([...expired.look(['a', 'b'])]).toEqual([]);
  clock.advance(1);
  expect([...expired.look(['a', 'b'])]).toEqual(['a']);
  expect([...expired.look(['a', 'b'])]).toEqual(['a']);
  clock.advance(hour - 1);
  expect([...expired.look(['a', 'b'])]).toEqual(['a', 'b']);
});

test('a thing that was not expired in between begins anew', () => {
  const clock = standingClock();
  const expired = new TwiceExpired(clock);
  expired.look(['a']);
  clock.advance(hour / 2);
  expired.look([]);
  expired.look(['a']);
  clock.advance(hour / 2);
  expect([...expired.look(['a'])]).toEqual([]);
  clock.advance(hour / 2);
  expect([...expired.look(['a'])]).toEqual(['a']);
});

test('a jump of the calendar makes nothing certain', () => {
  const clock = standingClock();
  const expired = new TwiceExpired(clock);
  expired.look(['a']);
  clock.jump(40 * 24 * hour);
  expect([...expired.look(['a'])]).toEqual([]);
});
