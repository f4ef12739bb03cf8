import type { Cell } from './cell.ts';
import { pad, printable, truncate } from './printable.ts';
import type { Ranks, Rows, Table } from './table.ts';
import { ago, dated, left, type Zone } from './times.ts';
import { hanging } from './wrapped.ts';

/** What a table is shown on. */
export interface Screen {
  /** Its width; undefined where nothing is cut and no column hidden. */
  readonly columns?: number;
  readonly zone: Zone;
  /** Milliseconds since the epoch, to show the times of lists relative to it. */
  readonly now?: number;
}

/** A file, or another program. */
export const paper: Screen = { zone: 'utc' };

/** Two spaces. */
const gap = '  ';
/** The least width of a narrowed column, in terminal cells: enough for most words. */
const leastYielded = 12;
/** Where nothing is cut, one long cell shifts the rest of its own row, but does not widen the other rows. */
const mostPadded = 120;

/** The lines of a table, with columns hidden and narrowed as the screen requires. */
export function laidOut(table: Table, screen: Screen = paper): string[] {
  return table.flatMap((part) => {
    if (typeof part === 'string') return [part];
    return 'sentence' in part ? hanging(printable(part.sentence), screen.columns) : aligned(part, screen);
  });
}

/** A cell at its full width. */
interface ShownCell {
  text: string;
  width: number;
  yields: boolean;
}

function shown(row: readonly Cell[], screen: Screen): ShownCell[] {
  return row.map((cell) => {
    const text = printable(textOf(cell, screen));
    const cut = screen.columns === undefined ? text : truncate(text, cell.most);
    return { text: cut, width: Bun.stringWidth(cut), yields: cell.yields };
  });
}

function textOf({ text, time }: Cell, { zone, now }: Screen): string {
  if (time === undefined) return text;
  if (time === 'date' || now === undefined) return dated(text, zone);
  return time === 'since' ? ago(text, now) : left(text, now);
}

function aligned({ rows, ranks = {} }: Rows, screen: Screen): string[] {
  const { columns = Number.POSITIVE_INFINITY } = screen;
  const cells = rows.map((row) => shown(row, screen));
  const headings = rows[0]?.map(({ text }) => text) ?? [];
  const found = columnsOf(cells).map((column, index) => ({ ...column, index, rank: rankOf(ranks, headings[index]) }));
  const kept = keptOf(found, columns);
  const widths = fitted(kept, columns);
  return cells.map((row) =>
    kept
      .flatMap(({ index }, place) => {
        const cell = row[index];
        if (cell === undefined) return [];
        const width = widths[place] ?? 0;
        return [pad(cell.yields ? truncate(cell.text, width) : cell.text, Math.min(width, mostPadded))];
      })
      .join(gap)
      .trimEnd(),
  );
}

function rankOf(ranks: Ranks, heading: string | undefined): number {
  return heading !== undefined && Object.hasOwn(ranks, heading) ? (ranks[heading] ?? 0) : 0;
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

interface Ranked extends Column {
  index: number;
  rank: number;
}

/** Hides columns, those of the highest rank first, until the others fit when they are narrowed. */
function keptOf(found: readonly Ranked[], columns: number): readonly Ranked[] {
  const least = found.reduce((sum, column) => sum + column.least, gap.length * (found.length - 1));
  const highest = found.reduce((most, { rank }) => Math.max(most, rank), 0);
  if (least <= columns || highest === 0) return found;
  const last = found.findLastIndex(({ rank }) => rank === highest);
  return keptOf(found.toSpliced(last, 1), columns);
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
