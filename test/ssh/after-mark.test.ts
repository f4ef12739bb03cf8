import { expect, test } from 'vitest';
import { AfterMark } from '../../src/ssh/after-mark.ts';

const mark = '\u001emark\n';

/** What a stream passes on that arrives in pieces of one size. */
function passed(text: string, size: number): { rest: string; before: string; found: boolean } {
  const after = new AfterMark(mark);
  let rest = '';
  for (let at = 0; at < text.length; at += size)
    rest += Buffer.from(after.take(Buffer.from(text.slice(at, at + size))));
  return { rest, before: after.before, found: after.found };
}

test.each([
  ['nothing before it', `${mark}output`, { before: '', rest: 'output', found: true }],
  ['text without a line break before it', `hello${mark}output`, { before: 'hello', rest: 'output', found: true }],
  [
    'its own beginning before it',
    `\u001ema\u001e${mark}output`,
    { before: '\u001ema\u001e', rest: 'output', found: true },
  ],
  ['itself in the output', `${mark}a${mark}b`, { before: '', rest: `a${mark}b`, found: true }],
  ['nothing after it', `x${mark}`, { before: 'x', rest: '', found: true }],
  ['only its beginning', 'x\u001emar', { before: 'x\u001emar', rest: '', found: false }],
  ['no mark', 'This account is closed.\n', { before: 'This account is closed.\n', rest: '', found: false }],
  ['nothing at all', '', { before: '', rest: '', found: false }],
])('a stream with %s, in pieces of any size', (_what, text, expected) => {
  for (let size = 1; size <= text.length + 1; size += 1) expect(passed(text, size)).toEqual(expected);
});

test('of a long text before the mark the beginning is kept', () => {
  const { before, rest } = passed(`${'x'.repeat(100_000)}${mark}output`, 1000);
  expect({ before, rest }).toEqual({ before: 'x'.repeat(400), rest: 'output' });
});
