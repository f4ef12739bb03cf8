import { escapeControls } from '../lib/controls.ts';

/** Text from elsewhere on one line: a blank for what would begin another one or a column, an escape for other controls. */
export function printable(text: string): string {
  return escapeControls(text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')).trimEnd();
}

/** Cut to a number of terminal cells, with an ellipsis where something is missing. No character is cut in two. */
export function truncate(text: string, cells: number): string {
  // A character is no longer than this, and measuring a megabyte for the first hundred cells takes its time.
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
/** In UTF-16 units, of characters that people write. */
const longestCharacter = 32;

/** Filled up with spaces to a number of terminal cells. */
export function pad(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - Bun.stringWidth(text)));
}
