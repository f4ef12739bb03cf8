import { expect, test } from 'vitest';
import { shortened, shortenedLines, shortenedMembers } from '../../src/lib/shortened.ts';

test.each([
  ['as it is', 'web-1', 'web-1'],
  ['as long as may be', 'a'.repeat(20), 'a'.repeat(20)],
  ['longer', `/${'a'.repeat(140_000)}: expected`, '/aaaaaaaaaaaa…pected'],
  ['controls', 'a\u0000b\u001b[2Jc\u009bd\u007f', 'a\ufffdb\ufffd[2Jc\ufffdd\ufffd'],
  ['lines', 'a\r\n\tb', 'a b'],
  ['separators of lines', 'a\u2028b\u2029', 'a\ufffdb\ufffd'],
  ['a changed direction', 'a\u202eb\u2066c', 'a\ufffdb\ufffdc'],
  ['half a character', 'a\ud83d', 'a\ufffd'],
  ['a character cut in half', '\u{1f600}'.repeat(11), `${'\u{1f600}'.repeat(6)}\ufffd…${'\u{1f600}'.repeat(3)}`],
])('%s', (_, text, expected) => {
  expect(shortened(text, 20)).toBe(expected);
});

test('lines stay lines', () => {
  expect(shortenedLines('a\u0007\nb\rc\n  ^', 100)).toBe('a\ufffd\nb c\n  ^');
});

test('of members every text and name is bounded, and how many there are', () => {
  const bounds = { text: 3, items: 2, depth: 2 };
  expect(shortenedMembers({ abcdef: 'abcdef', list: ['a\u0000', 1, 'c'], third: 1 }, bounds)).toEqual({
    'ab…': 'ab…',
    'li…': ['a\ufffd', 1],
  });
  expect(shortenedMembers({ a: { b: { c: 1 } } }, bounds)).toEqual({ a: { b: '…' } });
});

test('what is more than its members stays what it is', () => {
  const error = new Error('x');
  expect(shortenedMembers({ error }, { text: 5, items: 1, depth: 1 }).error).toBe(error);
});
