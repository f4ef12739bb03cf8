import { expect, test } from 'vitest';
import { Pace } from '../../src/lib/pace.ts';

test('it is due after a stretch of time, and after a rest not again', async () => {
  let now = 0;
  const pace = new Pace(() => now);
  expect(pace.isDue).toBe(false);
  now = 1_000;
  expect(pace.isDue).toBe(true);
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  await pace.rest();
  expect([hadTurn, pace.isDue]).toEqual([true, false]);
});
