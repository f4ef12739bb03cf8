import { expect, test } from 'vitest';
import { duration, size } from '../../src/cli/quantity.ts';

test.each([
  [0, ''],
  [1, '1 KiB'],
  [1023, '1023 KiB'],
  [1024, '1.0 MiB'],
  [16_316_412, '15.6 GiB'],
  [524_288_000, '500 GiB'],
  [2 ** 60, '1048576 PiB'],
])('%i kilobytes: %s', (kilobytes, text) => {
  expect(size(kilobytes)).toBe(text);
});

test.each([
  [-5_000, '0s'],
  [59_999, '59s'],
  [60_000, '1m00s'],
  [3_599_000, '59m59s'],
  [3_720_000, '1h02m'],
])('%i ms: %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
