import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duration } from '../../src/cli/quantity.ts';
import { readDuration, shownDuration } from '../../src/lib/durations.ts';

test.each([
  ['90', 90],
  ['0', 0],
  ['90s', 90],
  ['5m', 300],
  ['1h30m', 5_400],
  ['1h02m', 3_720],
  ['90d', 7_776_000],
  ['2w', 1_209_600],
  ['1w2d3h4m5s', 788_645],
  ['0s', 0],
])('%s is %d seconds', (text, seconds) => {
  expect(readDuration(text)).toBe(seconds);
});

test('a number alone is in the unit that it had before there were units', () => {
  expect(readDuration('90', 'd')).toBe(7_776_000);
  expect(readDuration('36h', 'd')).toBe(129_600);
});

test.each([
  '',
  ' ',
  '5 minuets',
  '5 m',
  '5M',
  '-5m',
  '1.5h',
  '5m5m',
  '30m1h',
  'm',
  '5ms',
  '1e3',
  '9999999999999',
  '999999999999w',
])('"%s" is none', (text) => {
  expect(readDuration(text)).toBeUndefined();
});

test('what is shown is read back as it was', () => {
  fc.assert(
    fc.property(fc.nat(100 * 366 * 86_400), (seconds) => {
      expect(readDuration(shownDuration(seconds))).toBe(seconds);
    }),
  );
});

test('the durations of tables are read back, as exactly as they are shown', () => {
  fc.assert(
    fc.property(fc.nat(100 * 86_400), (seconds) => {
      const step = seconds < 3600 ? 1 : 60;
      expect(readDuration(duration(seconds * 1000))).toBe(seconds - (seconds % step));
    }),
  );
});
