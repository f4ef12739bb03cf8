import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LastStates } from '../../src/cli/last-states.ts';

function shown(parts: readonly string[]): string {
  const states = new LastStates();
  return parts.map((part) => states.next(part)).join('') + states.end();
}

const long = 'A'.repeat(5000);

test.each([
  ['text without carriage returns stays', 'a\n\n \tb\nc', 'a\n\n \tb\nc'],
  ['the last state of progress', '10%\r20%\r100%\ndone\n', '100%\ndone\n'],
  ['progress that goes on', '10%\r20%\r', '20%'],
  ['the ends of lines of other systems', 'a\r\nb\r\r\n\r\n', 'a\nb\n\n'],
  ['a state that blanks cover, or that was erased', '10%\r    \r\nb\r\u001b[K\r\nc\r\u001b[0m\n', '10%\nb\nc\n'],
  ['the state before it is drawn again', 'begun\r\u001b[K50%\r\u001b[K', '\u001b[K50%'],
  ['a long line', `${long}\nb`, `${long}\nb`],
  ['a long line of other systems', `${long}\r\nb`, `${long}\nb`],
  ['what follows a long state is a line of its own', `${long}\r10%\r20%\nb`, `${long}\n20%\nb`],
  ['two long states', `${long}\r${long}\r\nb`, `${long}\n${long}\nb`],
])('%s', (_name, text, last) => {
  expect(shown([text])).toBe(last);
  expect(shown(Array.from(text))).toBe(last);
});

test('it is the same however it is cut, no longer, and without carriage returns', () => {
  const piece = fc.constantFrom('\r', '\n', '\r\n', ' ', 'a', 'b%', '\u001b[K', '\u001b', 'A'.repeat(1500));
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat()), (pieces, cuts) => {
      const text = pieces.join('');
      const whole = shown([text]);
      const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
      expect(shown(places.map((place, index) => text.slice(place, places[index + 1])))).toBe(whole);
      expect(whole).not.toContain('\r');
      expect(whole.length).toBeLessThanOrEqual(text.length);
      if (!text.includes('\r')) expect(whole).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test('a line without an end is not kept in memory', () => {
  const states = new LastStates();
  let out = 0;
  for (let count = 0; count < 100; count += 1) out += states.next('A'.repeat(1000)).length;
  expect(out).toBeGreaterThan(90_000);
});
