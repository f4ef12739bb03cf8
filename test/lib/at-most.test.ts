import { expect, test } from 'vitest';
import { forEachAtMost } from '../../src/lib/at-most.ts';

test.each([
  [0, 0],
  [1, 1],
  [2, 2],
  [7, 3],
])('of %i items at most 3 are worked on at once', async (count, most) => {
  const done: number[] = [];
  let atWork = 0;
  let atOnce = 0;
  const items = Array.from({ length: count }, (_, index) => index);
  await forEachAtMost(3, items, async (item) => {
    atWork += 1;
    atOnce = Math.max(atOnce, atWork);
    await new Promise((resolve) => setImmediate(resolve));
    atWork -= 1;
    done.push(item);
  });
  expect([done, atOnce]).toEqual([items, most]);
});

test('after a failure no more are begun, and it is thrown once the others are done', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = forEachAtMost(2, [0, 1, 2, 3], async (item) => {
    begun.push(item);
    if (item === 0) throw new Error('no');
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(item);
  });
  await expect(work).rejects.toThrow('no');
  expect([begun, ended]).toEqual([[0, 1], [1]]);
});
