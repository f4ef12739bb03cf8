import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostMembers, mostNesting, nestingOf, parsedJson, shapeOf } from '../../src/lib/nesting.ts';

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

const memberCases: Array<[text: string, members: number]> = [
  ['[1,2,3]', 0],
  ['{"a":1}', 1],
  ['{"a:b":"c:d","e":{"f":1,"g":2,"h":3},"i":[{"j":1},{"k":1}]}', 3],
  ['{"a":{"b":1},"c":{"d":1},"e":1}', 3],
  ['}{"a":1}', 1],
];

test.each(memberCases)('%s has an object of %i members', (text, members) => {
  expect(shapeOf(text).members).toBe(members);
});

test('it is how deep the value is, and how many members its largest object has', () => {
  const membersOf = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 0;
    const own = Array.isArray(value) ? 0 : Object.keys(value).length;
    return Math.max(own, ...Object.values(value).map(membersOf));
  };
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      expect(nestingOf(text)).toBe(depthOf(value));
      expect(nestingOf(JSON.stringify(value, null, 2))).toBe(depthOf(value));
      expect(shapeOf(text).members).toBe(membersOf(value));
      expect(parsedJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('what is too deep, or no JSON, is not parsed', () => {
  expect(parsedJson('['.repeat(100_000))).toBeUndefined();
  expect(parsedJson(`${'['.repeat(65)}${']'.repeat(65)}`)).toBeUndefined();
  expect(parsedJson(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeDefined();
  expect(parsedJson('{')).toBeUndefined();
  const object = (members: number) => Object.fromEntries(Array.from({ length: members }, (_, index) => [index, 1]));
  expect(parsedJson(JSON.stringify(object(mostMembers)))).toBeDefined();
  expect(parsedJson(JSON.stringify(object(mostMembers + 1)))).toBeUndefined();
});
