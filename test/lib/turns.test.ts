import { expect, test } from 'vitest';
import { Turns } from '../../src/lib/turns.ts';

/** Lets everybody who can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('of one key there is one holder at a time, in the order in which they came', async () => {
  const turns = new Turns();
  const had: string[] = [];
  const first = await turns.take(['a']);
  const others = ['second', 'third'].map(async (name) => {
    using _turn = await turns.take(['a']);
    had.push(name);
    await settle();
    had.push(`${name} ends`);
  });
  await settle();
  expect(had).toEqual([]);
  first[Symbol.dispose]();
  await Promise.all(others);
  expect(had).toEqual(['second', 'second ends', 'third', 'third ends']);
});

test('other keys do not wait', async () => {
  const turns = new Turns();
  using _one = await turns.take(['a']);
  using _other = await turns.take(['b']);
});

test('two who want the same keys in another order never wait for each other', async () => {
  const turns = new Turns();
  const begun = [
    ['a', 'b'],
    ['b', 'a'],
    ['b', 'c'],
    ['c', 'a'],
  ].map(async (keys) => {
    using _turn = await turns.take(keys);
    await settle();
    return keys.join('');
  });
  expect(await Promise.all(begun)).toEqual(['ab', 'ba', 'bc', 'ca']);
});

test('one who gives up waiting holds nobody up, and lets nobody past', async () => {
  const turns = new Turns();
  const leaving = new AbortController();
  const first = await turns.take(['a']);
  const second = turns.take(['a'], leaving.signal);
  let third = false;
  const last = turns.take(['a']).then(() => {
    third = true;
  });
  leaving.abort(new Error('left'));
  await expect(second).rejects.toThrow('left');
  await settle();
  expect(third).toBe(false);
  first[Symbol.dispose]();
  await last;
  await expect(turns.take(['b'], leaving.signal)).rejects.toThrow('left');
});
