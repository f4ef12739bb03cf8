/** Text from elsewhere on one line, without the control characters that would move the cursor or ring the bell. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trimEnd();
}

/** The same of several lines, which stay lines: with their tabs, and without what only colours them. */
export function printableLines(text: string): string {
  return Bun.stripANSI(text).replace(/(?![\t\n])\p{Cc}/gu, '');
}

/** Cut to a number of terminal cells, with an ellipsis where something is missing. */
export function truncate(text: string, cells: number): string {
  if (Bun.stringWidth(text) <= cells) return text;
  let kept = '';
  for (const character of text) {
    if (Bun.stringWidth(kept + character) > cells - 1) break;
    kept += character;
  }
  return cells > 0 ? `${kept}…` : '';
}

/** Filled up with spaces to a number of terminal cells. */
export function pad(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - Bun.stringWidth(text)));
}
