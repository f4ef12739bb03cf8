import { escapeControls } from '../lib/controls.ts';

/**
 * A foreign text on one line: a blank replaces characters that begin a line or a column; other controls are escaped.
 */
export function printable(text: string): string {
  return escapeControls(text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')).trimEnd();
}

/** Cuts a text to a number of terminal cells, with an ellipsis. No character is cut in two. */
export function truncate(text: string, cells: number): string {
  // No character is longer than this, and measuring a megabyte for the first hundred cells would be slow.
  const begin = text.length > cells * longestCharacter ? text.slice(0, cells * longestCharacter) : text;
  if (begin === text && Bun.stringWidth(text) <= cells) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of characters.segment(begin)) {
    width += Bun.stringWidth(segment);
    if (width > cells - 1) break;
    kept += segment;
  }
  return cells > 0 ? `${kept}…` : '';
}

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** The longest character that people write, in UTF-16 units. */
const longestCharacter = 32;

/** Pads a text with spaces to a number of terminal cells. */
export function pad(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - Bun.stringWidth(text)));
}
