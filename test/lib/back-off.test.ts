import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BackOff } from '../../src/lib/back-off.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';

const pausesOf = (backOff: BackOff, count: number) => Array.from({ length: count }, () => backOff.next());

test('each pause is twice as long as the one before, up to the longest', () => {
  expect(pausesOf(new BackOff({ first: 250, longest: 5_000 }), 7)).toEqual([
    250, 500, 1_000, 2_000, 4_000, 5_000, 5_000,
  ]);
});

test('no pause is longer than the longest, also the first one', () => {
  expect(pausesOf(new BackOff({ first: 90, longest: 60 }), 3)).toEqual([60, 60, 60]);
});

test('who need not wait the first time never has to', () => {
  expect(new Set(pausesOf(new BackOff({ first: 0, longest: 300 }), 2_000))).toEqual(new Set([0]));
});

test('it begins again after a success', () => {
  const backOff = new BackOff({ first: 1, longest: 4 });
  expect(pausesOf(backOff, 3)).toEqual([1, 2, 4]);
  backOff.reset();
  expect(pausesOf(backOff, 4)).toEqual([1, 2, 4, 4]);
});

test('what spreads a pause does not change the ones after it', () => {
  const factors = [0.5, 1.5, 1, 1.5];
  const backOff = new BackOff({ first: 200, longest: 500, spread: () => factors.shift() ?? 1 });
  expect(pausesOf(backOff, 5)).toEqual([100, 600, 500, 750, 500]);
});

test('it is what the power of two says, for every attempt', () => {
  const figure = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(figure, figure, fc.integer({ min: 1, max: 500 }), (first, longest, count) => {
      const powers = Array.from({ length: count }, (_, round) => Math.min(longest, first * 2 ** round));
      expect(pausesOf(new BackOff({ first, longest }), count)).toEqual(powers);
    }),
    { numRuns: 200 },
  );
});

test('it sleeps by the clock it is given, with the signal', async () => {
  const slept: [number, AbortSignal | undefined][] = [];
  const sleep = async (ms: number, signal?: AbortSignal) => void slept.push([ms, signal]);
  const clock: Clock = { ...systemClock, sleep };
  const { signal } = new AbortController();
  const backOff = new BackOff({ first: 10, longest: 100 });
  await backOff.sleep(clock);
  await backOff.sleep(clock, signal);
  expect(slept).toEqual([
    [10, undefined],
    [20, signal],
  ]);
});

test('a pause ends with the reason of its signal', async () => {
  const ending = new AbortController();
  const sleeping = new BackOff({ first: 60_000, longest: 60_000 }).sleep(systemClock, ending.signal);
  const reason = new Error('nobody waits any more');
  ending.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});
