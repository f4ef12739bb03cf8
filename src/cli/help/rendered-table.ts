import { wrapped } from '../wrapped.ts';

const gap = '  ';
/** A column of text that is narrower is hard to read. */
const leastText = 30;

/** The lines of a table, the first row being its headings. Cells are wrapped; a table that would be too narrow is a list. */
export function tableLines(rows: readonly (readonly string[])[], width: number): string[] {
  const [headings = [], ...records] = rows;
  const widths = widthsOf(rows, width);
  if (widths === undefined) return records.flatMap((cells) => recordLines(headings, cells, width));
  const rule = widths.map((cells) => '-'.repeat(cells)).join(gap);
  const lines = records.flatMap((cells) => rowLines(cells, widths));
  return headings.every((heading) => heading === '') ? lines : [...rowLines(headings, widths), rule, ...lines];
}

/** The widths of the columns; undefined when not all of them can be read beside each other. */
function widthsOf(rows: readonly (readonly string[])[], width: number): number[] | undefined {
  const count = Math.max(...rows.map((cells) => cells.length));
  const columns = Array.from({ length: count }, (_, index) => rows.map((cells) => cells[index] ?? ''));
  const wanted = columns.map((cells) => Math.max(...cells.map((cell) => Bun.stringWidth(cell))));
  const words = columns.map((cells) => Math.max(...cells.map(longestWord)));
  const least = wanted.map((cells, index) => Math.max(Math.min(cells, leastText), words[index] ?? 0));
  let room = width - gap.length * (count - 1) - least.reduce((sum, cells) => sum + cells, 0);
  if (room < 0) return undefined;
  const widths = [...least];
  // What is left goes to the columns that want most.
  while (room > 0) {
    const lacks = widths.map((cells, index) => (wanted[index] ?? 0) - cells);
    const most = Math.max(...lacks);
    if (most <= 0) break;
    const index = lacks.indexOf(most);
    widths[index] = (widths[index] ?? 0) + 1;
    room -= 1;
  }
  return widths;
}

function longestWord(text: string): number {
  return Math.max(...text.split(/\s+/).map((word) => Bun.stringWidth(word)));
}

function rowLines(cells: readonly string[], widths: readonly number[]): string[] {
  const columns = widths.map((width, index) => wrapped(cells[index] ?? '', width));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    columns
      .map((lines, index) => {
        const line = lines[at] ?? '';
        return line + ' '.repeat(Math.max(0, (widths[index] ?? 0) - Bun.stringWidth(line)));
      })
      .join(gap)
      .trimEnd(),
  );
}

/** A row as a paragraph: its first cell, and the others below it. */
function recordLines(
  [, ...headings]: readonly string[],
  [first = '', ...others]: readonly string[],
  width: number,
): string[] {
  const lines = others.flatMap((cell, index) => {
    if (cell === '') return [];
    const heading = headings[index] ?? '';
    const isLast = index === others.length - 1;
    return wrapped(heading === '' || isLast ? cell : `${heading}: ${cell}`, width - 4).map((line) => `    ${line}`);
  });
  return [...wrapped(first, width), ...lines];
}
