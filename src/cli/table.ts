import { brief, type Cell, date, prose, whole } from './cell.ts';

/** The form of a result for people: lines, sentences, and rows whose columns are aligned when it is printed. */
export type Table = readonly (string | Sentence | Rows)[];

/** A line that continues on further lines, between its words, where the screen is too narrow for it. */
export interface Sentence {
  readonly sentence: string;
}

/** Rows whose first one may have the headings of the columns. */
export interface Rows {
  readonly rows: readonly (readonly Cell[])[];
  readonly ranks?: Ranks;
}

/**
 * Which columns are hidden on a screen that is too narrow, by heading: the highest number first. Columns without a
 * number stay.
 */
export type Ranks = Readonly<Record<string, number>>;

/** Rows with two spaces between their columns. A bare text is `brief`. */
export function table(rows: readonly (readonly (string | Cell)[])[], ranks: Ranks = {}): Table {
  return [{ rows: rows.map((row) => row.map((cell) => (typeof cell === 'string' ? brief(cell) : cell))), ranks }];
}

/** A line for each record, below the names of the columns. */
export function columns<T>(
  cells: Readonly<Record<string, (record: T) => string | Cell>>,
  ranks: Ranks = {},
): (records: readonly T[]) => Table {
  return (records) => {
    const rows = records.map((record) => Object.values(cells).map((cell) => cell(record)));
    return table([Object.keys(cells), ...rows], ranks);
  };
}

/**
 * A record in two columns with its own member names; a nested record has the names of both, a list has one line per
 * item. Empty members have a line, too.
 */
export function recordTable(record: unknown): Table {
  return table(rowsOf('', record).map(([name, value]) => [name.length > longestName ? name : whole(name), value]));
}

/** Longer names are not the product's own. */
const longestName = 64;

function rowsOf(name: string, value: unknown): [string, Cell][] {
  if (isEmpty(value)) return [[name, prose('')]];
  if (Array.isArray(value)) return value.map((item, index) => [index === 0 ? name : '', cellOf(item)]);
  if (typeof value !== 'object' || value === null) return [[name, cellOf(value)]];
  return Object.entries(value).flatMap(([key, inner]) => rowsOf(name === '' ? key : `${name}.${key}`, inner));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** A timestamp of the contract. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return prose('');
  if (typeof value === 'string' && timestamp.test(value)) return date(value);
  return prose(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
