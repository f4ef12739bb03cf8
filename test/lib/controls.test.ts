import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeControls, holdsControls } from '../../src/lib/controls.ts';
import { allNasty, expectNoControls, nasty } from '../cli/support/nasty.ts';

/** Any code units, with those that matter more often than by chance. */
const anyText = fc
  .array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...allNasty), fc.constant('\n')))
  .map((parts) => parts.join(''));

describe('what commands a terminal or hides text', () => {
  test.each(Object.entries(nasty))('%s is escaped', (_name, text) => {
    expect(holdsControls(text)).toBe(true);
    expectNoControls(escapeControls(text));
  });

  test.each([
    ['\u001b[2J', '\\u001b[2J'],
    ['a\u202eb', 'a\\u202eb'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\ud800', '\\ud800'],
  ])('%j is %j', (text, escaped) => {
    expect(escapeControls(text)).toBe(escaped);
  });

  test('plain text of all languages, newlines and symbols in colour are as they were', () => {
    const plain = 'naïve Grüße\nمرحبا שלום 日本語 한국어 हिन्दी \u{1f600} ✔\ufe0f ❤\ufe0f e\u0301 \\u202e';
    expect(escapeControls(plain)).toBe(plain);
    expect(holdsControls(plain)).toBe(false);
  });

  test('nothing is left that would have to be escaped, and nothing becomes much longer', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const escaped = escapeControls(text);
        expect(holdsControls(escaped)).toBe(false);
        expect(escapeControls(escaped)).toBe(escaped);
        expect(escaped.length).toBeLessThanOrEqual(6 * text.length);
        expect(escaped.split('\n').length).toBe(text.split('\n').length);
      }),
    );
  });

  test('a JSON text stays the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        expect(JSON.parse(escapeControls(JSON.stringify(value, null, 2)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
