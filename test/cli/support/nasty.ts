import { expect } from 'vitest';

/** What a machine, or somebody who may write a label, would put where others look: each with what it does to a terminal. */
export const nasty = {
  'the clipboard': '\u001b]52;c;cm0gLXJmIC8K\u0007',
  'the clipboard, in 8 bits': '\u009d52;c;cm0gLXJmIC8K\u009c',
  'the title': '\u001b]0;title\u001b\\',
  'a clear screen': '\u001b[2J\u001b[H',
  'a clear screen, in 8 bits': '\u009b2J',
  'a device control string': '\u001bP$q"p\u001b\\',
  'a reset': '\u001bc',
  'a line over the one before': '\u001b[A\rActive',
  'a bell, a backspace, a tab and a NUL': '\u0007\b\t\v\f\u0000\u007f',
  'text in the other direction': 'a\u202ecba\u202c\u2066x\u2069\u200e\u200f\u061c',
  'text that does not show': 'a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u3164h',
  'text in tags': '\u{e0001}\u{e0061}\u{e0062}\u{e007f}',
  'other lines': 'a\u2028b\u2029c\u0085d',
  'halves of pairs': '\ud83d and \ude00',
} as const;

/** All of it at once, between words by which it is found again. */
export const allNasty = `nasty ${Object.values(nasty).join(' ')} end`;

/** What draws the progress of an operation, without colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these sequences that are meant
export const drawing = /\x1b\[\d+A\x1b\[J/g;

/** Named one by one, so that a mistake in the classes of the product is none here. */
const ranges: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
];

/** @param allowed such as the sequences of what draws, and tabs */
export function expectNoControls(written: string, allowed: RegExp = /(?!)/g): void {
  const rest = written.replace(allowed, '');
  const found = Array.from(rest).filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    return ranges.some(([from, to]) => code >= from && code <= to);
  });
  expect({ found: [...new Set(found)].map((each) => JSON.stringify(each)), in: written }).toEqual({
    found: [],
    in: written,
  });
}
