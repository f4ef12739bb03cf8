import type { Sink } from './terminal.ts';

/** The lines of a text, at most `width` cells wide where its words allow. A word is never cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((word) => word !== '')) {
    if (line !== '' && Bun.stringWidth(line) + 1 + Bun.stringWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** The same, each line after an indent. */
export function indented(text: string, { width, indent }: { width: number; indent: string }): string[] {
  return wrapped(text, width - indent.length).map((line) => (line === '' ? '' : indent + line));
}

/**
 * The lines of a sentence: those after the first one are indented.
 *
 * @param columns undefined for a sentence that stays on one line
 */
export function hanging(text: string, columns: number | undefined): string[] {
  if (columns === undefined || Bun.stringWidth(text) <= columns) return [text];
  const [first = '', ...others] = wrapped(text, columns);
  return [first, ...indented(others.join(' '), { width: columns, indent: '  ' })];
}

/** The width of an output; undefined where it is no terminal. */
export function columnsOf({ isTerminal, size }: Pick<Sink, 'isTerminal' | 'size'>): number | undefined {
  return isTerminal ? size().columns : undefined;
}
