import { expect, test } from 'vitest';
import { narrowed } from '../../src/cli/selector.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { parseTarget } from '../../src/operations/targets/parse.ts';

test.each([
  [undefined, 'rack=3', 'label:rack=3'],
  [undefined, 'rack==3,env!=prod', 'label:rack=3 & label:env!=prod'],
  [undefined, '!old', 'all - label:old'],
  [undefined, 'ssd, !old', 'label:ssd - label:old'],
  ['cluster:web', 'rack=3', 'cluster:web & label:rack=3'],
  ['a | b', 'rack=3,!old', '(a | b) & label:rack=3 - label:old'],
  [
    'cluster:web',
    'zone in (a, b),env notin (x,y)',
    'cluster:web & (label:zone=a | label:zone=b) & label:env!=x & label:env!=y',
  ],
  ['all', 'zone in (a)', 'all & label:zone=a'],
  ['all', 'empty=', 'all & label:empty='],
])('%s with %s', (target, selector, expected) => {
  const made = narrowed(target, selector);
  expect(made).toBe(expected);
  expect(() => parseTarget(expected)).not.toThrow();
});

test('without a selector the target stays', () => {
  expect(narrowed('a | b', undefined)).toBe('a | b');
  expect(narrowed(undefined, undefined)).toBeUndefined();
});

test.each(['', 'rack=3 & x', 'a=b=c', 'zone in a,b', '=x', 'rack=3)'])('"%s" is none', (selector) => {
  expect(() => narrowed('all', selector)).toThrow(UsageError);
});
