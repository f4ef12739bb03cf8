import { expect, test } from 'vitest';
import { layered } from '../../src/auth/layered.ts';

test('of two of one name that of the first layer is shown, and all are in the order of their names', () => {
  const things = layered(
    { source: 'built_in', values: [['b', { size: 1 }]] },
    {
      source: 'configuration',
      values: [
        ['c', { size: 2 }],
        ['b', { size: 3 }],
        ['c', { size: 4 }],
      ],
    },
    {
      source: 'store',
      values: [
        ['c', { size: 5 }],
        ['a', { size: 6 }],
      ],
    },
  );
  expect([...things]).toEqual([
    ['a', { name: 'a', size: 6, source: 'store' }],
    ['b', { name: 'b', size: 1, source: 'built_in' }],
    ['c', { name: 'c', size: 4, source: 'configuration' }],
  ]);
});
