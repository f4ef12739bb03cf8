import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostAtOnce } from '../../src/operations/at-once.ts';
import { batchesOf } from '../../src/operations/batches.ts';

test.each([
  [30, { batch: 1, concurrency: 0 }, 1],
  [30, { batch: '100%', concurrency: 0 }, 30],
  [30, { batch: '100%', concurrency: 4 }, 4],
  [30, { batch: [1, '10%', '50%'], concurrency: 0 }, 15],
  [3, { batch: [1, 100], concurrency: 64 }, 2],
  [0, { batch: 5, concurrency: 0 }, 0],
])('of %d hosts with %j: %d', (total, strategy, most) => {
  expect(mostAtOnce(total, strategy)).toBe(most);
});

test('is the size of the largest batch', () => {
  const share = fc.oneof(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  );
  const batch = fc.oneof(share, fc.array(share, { minLength: 1, maxLength: 4 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), batch, (total, batch) => {
      const addresses = Array.from({ length: total }, (_, index) => `h${index}`);
      const sizes = batchesOf(addresses, { batch }).map(({ hosts }) => hosts.length);
      expect(mostAtOnce(total, { batch, concurrency: 0 })).toBe(Math.max(...sizes));
    }),
  );
});
