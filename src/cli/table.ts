import { pad, printable } from './printable.ts';
import { instant } from './quantity.ts';

/** Rows as aligned lines, two spaces between columns. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, Bun.stringWidth(cell));
    }
  }
  return cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * A record in two columns under its own names; a record inside it has the names of both, a list one line per item. What
 * is empty has a line, too.
 */
export function recordTable(record: unknown): string[] {
  return table(rowsOf('', record));
}

function rowsOf(name: string, value: unknown): [string, string][] {
  if (isEmpty(value)) return [[name, '']];
  if (Array.isArray(value)) return value.map((item, index) => [index === 0 ? name : '', cellOf(item)]);
  if (typeof value !== 'object' || value === null) return [[name, cellOf(value)]];
  return Object.entries(value).flatMap(([key, inner]) => rowsOf(name === '' ? key : `${name}.${key}`, inner));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** A timestamp of the contract. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' && timestamp.test(value)) return instant(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
