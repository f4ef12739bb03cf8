import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Glob, GlobSet, longestGlob, mostCompared } from '../../src/lib/glob.ts';

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
  expect(new Glob(pattern).matches(text)).toBe(matches);
});

const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength });

/** As the runtime has it. Too slow for long patterns: that is what the other one is for. */
function byExpression(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/\*+/g, '[^]*').replaceAll('?', '[^]');
  return new RegExp(`^${source}$`).test(text);
}

test('it says what the regular expression says', () => {
  fc.assert(
    fc.property(letters(8), letters(8), (pattern, text) => {
      expect(new Glob(pattern).matches(text)).toBe(byExpression(pattern, text));
    }),
    { numRuns: 2_000 },
  );
});

test('it does so where the states of the pattern take several words', () => {
  const long = fc.tuple(letters(100), fc.nat({ max: 2 })).map(([text, stars]) => {
    return text.replaceAll('*', 'a') + '*'.repeat(stars) + text.replaceAll('*', 'b');
  });
  fc.assert(
    fc.property(long, letters(3), (pattern, between) => {
      const text = pattern.replaceAll('?', 'x').replaceAll(/\*+/g, between);
      expect(new Glob(pattern).matches(text)).toBe(byExpression(pattern, text));
      expect(new Glob(pattern).matches(`${text}c`)).toBe(byExpression(pattern, `${text}c`));
      expect(new Glob(`*${pattern}`).matches(`ab${text}`)).toBe(byExpression(`*${pattern}`, `ab${text}`));
    }),
  );
});

test.each(['*a'.repeat(longestGlob / 2), `${'*a'.repeat(127)}*b`, `*${'a'.repeat(255)}`, '?'.repeat(longestGlob)])(
  'it looks at each character once, also for %s',
  (pattern) => {
    let looks = 0;
    const length = 20_000;
    const charCodeAt = () => {
      looks += 1;
      return 'a'.charCodeAt(0);
    };
    new Glob(pattern).matches({ length, charCodeAt });
    expect(looks).toBeLessThanOrEqual(length);
  },
);

test('a set matches what one of its patterns does', () => {
  const set = new GlobSet(['web', 'db-*', 'a?']);
  expect(['web', 'db-1', 'ab', 'webs', 'db', 'a'].map((text) => set.matches(text))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(new GlobSet([]).matches('')).toBe(false);
});

test('of a long text the beginning counts, but for a plain text', () => {
  const text = `${'a'.repeat(mostCompared)}b`;
  expect(new GlobSet(['*b']).matches(text)).toBe(false);
  expect(new GlobSet(['*a']).matches(text)).toBe(true);
  expect(new GlobSet([text]).matches(text)).toBe(true);
});
