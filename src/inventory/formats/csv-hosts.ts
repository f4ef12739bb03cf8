import type { Described, DescribedHost, Fault } from './described-host.ts';

/** The hosts of a table (RFC 4180) whose first line names the members. */
export function csvHosts(text: string): Described {
  const [heading, ...rows] = rowsOf(text.replace(/^\ufeff/, '')).filter(({ cells }) =>
    cells.some((cell) => cell !== ''),
  );
  if (heading === undefined) return { hosts: [], faults: [] };
  const names = heading.cells.map((cell) => cell.trim());
  if (!names.includes('address')) {
    return { hosts: [], faults: [{ line: heading.line, message: 'no column is called "address"' }] };
  }
  const hosts: DescribedHost[] = [];
  const faults: Fault[] = [];
  for (const { line, cells } of rows) {
    if (cells.length > names.length) {
      faults.push({ line, message: `${cells.length} fields, but the first line names ${names.length} columns` });
      continue;
    }
    const members = names.map((name, index) => [name, (cells[index] ?? '').trim()] as const);
    hosts.push({ line, members: Object.fromEntries(members.filter(([, value]) => value !== '')) });
  }
  return { hosts, faults };
}

interface Row {
  line: number;
  cells: string[];
}

/** A field is quoted, with a quote inside doubled, or ends at the next comma or line break. */
const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/y;

function rowsOf(text: string): Row[] {
  const rows: Row[] = [];
  let row: Row = { line: 1, cells: [] };
  let line = 1;
  let offset = 0;
  while (offset < text.length) {
    field.lastIndex = offset;
    const [all = '', quoted, plain = '', end = ''] = field.exec(text) ?? [text.slice(offset)];
    offset += all.length;
    line += all.split('\n').length - 1;
    row.cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',' && offset < text.length) continue;
    rows.push(row);
    row = { line, cells: [] };
  }
  return rows;
}
