import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostNesting, nestingOf, parsedJson } from '../../src/lib/nesting.ts';

const cases: Array<[text: string, depth: number]> = [
  ['', 0],
  ['5', 0],
  ['"[[{"', 0],
  ['"\\"[[{"', 0],
  ['"\\\\"', 0],
  ['{"a":"}{[["}', 1],
  ['[{"a":[1,{}]},[]]', 4],
  ['['.repeat(mostNesting), mostNesting],
  ['['.repeat(100_000), mostNesting + 1],
  ['{"a":'.repeat(100_000), mostNesting + 1],
  [']]]][', 0],
];

test.each(cases)('%j is nested %i deep', (text, depth) => {
  expect(nestingOf(text)).toBe(depth);
});

test('it is how deep the value is', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      expect(nestingOf(text)).toBe(depthOf(value));
      expect(nestingOf(JSON.stringify(value, null, 2))).toBe(depthOf(value));
      expect(parsedJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('what is too deep, or no JSON, is not parsed', () => {
  expect(parsedJson('['.repeat(100_000))).toBeUndefined();
  expect(parsedJson(`${'['.repeat(65)}${']'.repeat(65)}`)).toBeUndefined();
  expect(parsedJson(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeDefined();
  expect(parsedJson('{')).toBeUndefined();
});
