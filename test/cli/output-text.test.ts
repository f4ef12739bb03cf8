import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputText, outputText } from '../../src/cli/output-text.ts';
import { allNasty, expectNoControls, nasty } from './support/nasty.ts';

const encode = (text: string) => new TextEncoder().encode(text);

/** Bytes that are often the beginning, the middle or the end of something. */
const anyBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001b',
        '\u001b[',
        '\u001b]',
        '\u009b',
        '\u009d',
        '\u0007',
        '\u001b\\',
        '\r',
        '\n',
        '\t',
        '31',
        ';',
        'm',
        'K',
        ' ',
      ),
      fc.constantFrom(...Object.values(nasty)),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 4 }),
    ),
  )
  .map((parts) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? encode(part) : part))));

function inParts(bytes: Uint8Array, cuts: readonly number[]): string {
  const text = new OutputText();
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  const shown = [0, ...places].map((from, index) => text.next(bytes.subarray(from, places[index] ?? bytes.length)));
  return shown.join('') + text.end();
}

describe('what a machine printed, on a terminal', () => {
  test.each([
    ['lines and tabs stay', 'a\tb\n\nc', 'a\tb\n\nc'],
    ['colours are left out', '\u001b[1;31mred\u001b[0m \u009b32mgreen\u009b0m', 'red green'],
    [
      'so are titles, the clipboard and links',
      '\u001b]52;c;eA==\u0007a\u001b]8;;http://x\u001b\\b\u009d0;t\u009cc',
      'abc',
    ],
    ['of a progress bar the last state shows', '10%\r20%\r\r\n30%\r\u001b[K', '20%\n30%'],
    ['what has no end shows', '\u001b]0;title\nnext\u001b[', '\\u001b]0;title\nnext\\u001b['],
    [
      'what is longer than any program writes shows',
      `\u001b]52;c;${'A'.repeat(2000)}\u0007`,
      `\\u001b]52;c;${'A'.repeat(2000)}\\u0007`,
    ],
    ['the rest is escaped', 'a\bb\u202ec\u200bd\u001bPq\u001b\\', 'a\\u0008b\\u202ec\\u200bd\\u001bPq\\u001b\\'],
  ])('%s', (_name, text, shown) => {
    expect(outputText(encode(text))).toBe(shown);
  });

  test('what is not UTF-8 is a replacement character, also when it ends in the middle of one', () => {
    expect(outputText(Uint8Array.of(0x61, 0xff, 0x62, 0xe2, 0x80))).toBe('a\ufffdb\ufffd');
  });

  test('it is the same however it is cut into parts', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat()), (bytes, cuts) => {
        expect(inParts(bytes, cuts)).toBe(outputText(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('nothing of it is a control, it is bounded, and plain text is as it was', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const shown = outputText(bytes);
        expectNoControls(shown, /\t/g);
        expect(shown.length).toBeLessThanOrEqual(6 * bytes.length);
        expect(outputText(encode(shown))).toBe(shown);
      }),
      { numRuns: 1000 },
    );
    expect(outputText(encode(allNasty.replaceAll(/[^ -~]/g, '')))).toBe(allNasty.replaceAll(/[^ -~]/g, ''));
  });

  test('no more is held back than a line and a sequence may be long', () => {
    const text = new OutputText();
    const part = encode('A'.repeat(1000));
    const parts = [encode('\u001b]0;'), part, part, part, part, part];
    expect(parts.map((each) => text.next(each)).join('')).toBe(`\\u001b]0;${'A'.repeat(5000)}`);
  });
});
