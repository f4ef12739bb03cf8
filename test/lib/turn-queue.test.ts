import { expect, test } from 'vitest';
import { TurnQueue } from '../../src/lib/turn-queue.ts';

test('a short list is called at once', () => {
  const called: number[] = [];
  new TurnQueue().add([1, 2, 3].map((n) => () => called.push(n)));
  expect(called).toEqual([1, 2, 3]);
});

test('a long list is called over several turns of the event loop, in order, also with what is added meanwhile', async () => {
  const queue = new TurnQueue();
  const called: number[] = [];
  const perTurn: number[] = [];
  const call = (n: number) => () => {
    called.push(n);
    if (n === 20) queue.add([call(1_000)]);
  };
  queue.add(Array.from({ length: 100 }, (_, n) => call(n)));
  while (called.length < 101) {
    perTurn.push(called.length - perTurn.reduce((sum, count) => sum + count, 0));
    await new Promise(setImmediate);
  }
  expect(called).toEqual([...Array.from({ length: 100 }, (_, n) => n), 1_000]);
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(16);
  expect(perTurn.length).toBeGreaterThan(5);
});
