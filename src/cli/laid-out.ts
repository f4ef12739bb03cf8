import type { Cell } from './cell.ts';
import { pad, printable, truncate } from './printable.ts';
import type { Table } from './table.ts';

/** Two spaces. */
const gap = '  ';
/** The least width of a narrowed column, in terminal cells: enough for a time and most words. */
const leastYielded = 20;

/** The lines of a table, with columns narrowed to the screen where they can be. @param columns of the screen */
export function laidOut(table: Table, columns: number = Number.POSITIVE_INFINITY): string[] {
  return table.flatMap((part) => (typeof part === 'string' ? [part] : aligned(part.map(shown), columns)));
}

/** A cell at its full width. */
interface ShownCell {
  text: string;
  width: number;
  yields: boolean;
}

function shown(row: readonly Cell[]): ShownCell[] {
  return row.map(({ text, most, yields }) => {
    const cut = truncate(printable(text), most);
    return { text: cut, width: Bun.stringWidth(cut), yields };
  });
}

function aligned(rows: readonly ShownCell[][], columns: number): string[] {
  const widths = fitted(columnsOf(rows), columns);
  return rows.map((row) =>
    row
      .map(({ text, yields }, index) => {
        const width = widths[index] ?? 0;
        return pad(yields ? truncate(text, width) : text, width);
      })
      .join(gap)
      .trimEnd(),
  );
}

interface Column {
  width: number;
  least: number;
}

function columnsOf(rows: readonly ShownCell[][]): Column[] {
  const found: Column[] = [];
  for (const row of rows) {
    for (const [index, { width, yields }] of row.entries()) {
      const { width: widest = 0, least = 0 } = found[index] ?? {};
      const kept = yields ? Math.min(width, leastYielded) : width;
      found[index] = { width: Math.max(widest, width), least: Math.max(least, kept) };
    }
  }
  return found;
}

/** Narrows the widest column first, until all fit or none can be narrowed further. */
function fitted(found: readonly Column[], columns: number): number[] {
  const widths = found.map(({ width }) => width);
  const room = columns - gap.length * (found.length - 1);
  for (let over = widths.reduce((sum, width) => sum + width, -room); over > 0; over -= 1) {
    const yielding = found.flatMap(({ least }, index) => ((widths[index] ?? 0) > least ? [index] : []));
    const [first, ...others] = yielding;
    if (first === undefined) break;
    const widest = others.reduce((best, index) => ((widths[index] ?? 0) > (widths[best] ?? 0) ? index : best), first);
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
