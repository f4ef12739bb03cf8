import fc from 'fast-check';
import { expect, test } from 'vitest';
import { size } from '../../src/cli/quantity.ts';
import { readSizeText } from '../../src/lib/sizes.ts';

test.each([
  ['512', 512],
  ['512B', 512],
  ['512k', 524_288],
  ['512K', 524_288],
  ['10KiB', 10_240],
  ['10Ki', 10_240],
  ['10kB', 10_000],
  ['10GiB', 10_737_418_240],
  ['10 GiB', 10_737_418_240],
  ['10GB', 10_000_000_000],
  ['1.5G', 1_610_612_736],
  ['2tib', 2_199_023_255_552],
])('%s is %d bytes', (text, bytes) => {
  expect(readSizeText(text)).toBe(bytes);
});

test.each(['', 'GiB', '10XB', '10 G iB', '-1', '1e3', '10iB', '10i', '1.2.3k', '99999999999999P'])(
  '"%s" is none',
  (text) => {
    expect(readSizeText(text)).toBeUndefined();
  },
);

test('a size of a table is read back, as exactly as it is shown', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (kilobytes) => {
      const bytes = readSizeText(size(kilobytes)) ?? Number.NaN;
      expect(Math.abs(bytes / 1024 - kilobytes)).toBeLessThanOrEqual(Math.max(1, kilobytes / 20));
    }),
  );
});
