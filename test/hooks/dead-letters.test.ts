import { expect, test } from 'vitest';
import { type DeadLetter, DeadLetters } from '../../src/hooks/dead-letters.ts';
import { temporaryStore } from '../operations/support.ts';

const letter = (sequence: number, hook = 'h'): DeadLetter => ({
  hook,
  event: { sequence, at: '', type: 'user', action: 'said', key: 'k' },
  reason: 'no',
  attempts: 1,
  at: '',
});

test('the newest thousand are kept, also when hooks give up at the same time', async () => {
  await using store = temporaryStore();
  const letters = new DeadLetters(store);
  const add = (sequence: number, hook?: string) => store.transact((tx) => letters.add(tx, letter(sequence, hook)));
  for (let first = 0; first < 1_010; first += 101) {
    await store.transact(async (tx) => {
      for (let n = first; n < first + 101; n += 1) await letters.add(tx, letter(n));
    });
  }
  await Promise.all(['one', 'two', 'three'].map((hook) => add(1_010, hook)));
  await add(1_011);
  const kept = await letters.list();
  expect(kept.length).toBe(1_000);
  expect(kept.slice(-4).map(({ hook }) => hook)).toEqual(['one', 'three', 'two', 'h']);
});
