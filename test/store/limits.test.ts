import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leastLimits, noLimits, pagesOf } from '../../src/store/limits.ts';

const size = fc.record({ operations: fc.integer({ min: 1, max: 9 }), bytes: fc.integer({ min: 0, max: 90 }) });
const limits = { operations: 10, bytes: 100 };
const beside = { operations: 1, bytes: 10 };

test('pages hold every item once and in order, and keep to the limits unless one item alone does not', () => {
  fc.assert(
    fc.property(fc.array(size), (items) => {
      const pages = [...pagesOf(items, (item) => item, limits, beside)];
      expect(pages.flat()).toEqual(items);
      for (const [at, page] of pages.entries()) {
        const sum = (items: typeof page, of: 'operations' | 'bytes') =>
          items.reduce((total, item) => total + item[of], beside[of]);
        const fits = (items: typeof page) =>
          sum(items, 'operations') <= limits.operations && sum(items, 'bytes') <= limits.bytes;
        expect(page.length === 1 || fits(page)).toBe(true);
        // No page ends before it is full.
        const next = pages[at + 1]?.[0];
        if (next !== undefined) expect(fits([...page, next])).toBe(false);
      }
    }),
  );
});

test('items of one size fill the pages of the least store, and are one page where there is no limit', () => {
  const items = Array.from({ length: 1_000 }, (_, n) => n);
  const lengths = (each: number, of: typeof noLimits) =>
    [...pagesOf(items, { operations: each, bytes: 0 }, of)].map((page) => page.length);
  expect(lengths(2, leastLimits)).toEqual([...Array<number>(15).fill(64), 40]);
  expect(lengths(200, leastLimits)).toEqual(Array<number>(1_000).fill(1));
  expect(lengths(2, noLimits)).toEqual([1_000]);
  expect([...pagesOf([], { operations: 1, bytes: 1 }, leastLimits)]).toEqual([]);
});
