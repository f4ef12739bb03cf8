import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesGlob } from '../../src/lib/glob.ts';

const cases = [
  ['web*', 'web', true],
  ['web*', 'web-1', true],
  ['web*', 'aweb', false],
  ['*web', 'a-web', true],
  ['*a*b*', 'xaxbx', true],
  ['*a*b*', 'xbxax', false],
  ['h?', 'h1', true],
  ['h?', 'h', false],
  ['h?', 'h12', false],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['a.b', 'axb', false],
  ['*aab', 'aaaab', true],
] as const;

test.each(cases)('%s and %s: %s', (pattern, text, matches) => {
  expect(matchesGlob(pattern, text)).toBe(matches);
});

test('it says what the regular expression says', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const source = pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]');
      expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${source}$`).test(text));
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern made to take for ever does not', () => {
  expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000))).toBe(false);
});
