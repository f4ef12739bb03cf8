import { expect, test } from 'vitest';
import { parseGiven } from '../../src/config/document.ts';
import { mostNesting } from '../../src/lib/nesting.ts';

const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test.each([
  ['a list of 66 in one another', lists(mostNesting + 2)],
  ['one of 100,000', lists(100_000)],
  ['one of 100,000 without an end', '['.repeat(100_000)],
  ['objects, 10,000 of them', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['lists of YAML', Array.from({ length: 80 }, (_, depth) => `${' '.repeat(2 * depth)}-`).join('\n')],
])('%s is one fault, and says what it is', (_, text) => {
  expect(() => parseGiven(text, 'file')).toThrow(
    expect.objectContaining({
      code: 'invalid_configuration',
      message: expect.stringMatching(/^file:\d+:\d+: objects and lists stand more than 64 deep in one another$/),
    }),
  );
});

test('what is as deep as it may be is read', () => {
  expect(parseGiven(lists(mostNesting), 'file').kind).toBe('list');
  expect(parseGiven(`{"a": "${'['.repeat(1_000)}"}`, 'file').kind).toBe('object');
});
