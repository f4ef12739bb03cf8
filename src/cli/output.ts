import { exitCode } from './exit-code.ts';
import { laidOut } from './laid-out.ts';
import { recordTable, type Table } from './table.ts';
import type { Sink, Terminal } from './terminal.ts';

export const formats = ['yaml', 'json', 'table'] as const;
export type Format = (typeof formats)[number];
/** A wide table is a table that leaves nothing out. */
export const givenFormats = [...formats, 'wide'] as const;
export type GivenFormat = (typeof givenFormats)[number];

/** A result: the value for programs, and its form for people. */
export interface View {
  readonly value: unknown;
  /** By default a record in two columns, or a list of plain values one per line. */
  readonly table?: () => Table;
  /** Parameters of SGR for the lines of the table, on a terminal that has colours. */
  readonly colours?: readonly (number | undefined)[] | undefined;
  /** Printed for people instead of an empty list. */
  readonly none?: string;
}

interface Printing {
  readonly terminal: Terminal;
  readonly format: Format;
  readonly colour?: boolean;
}

/** Prints a result on stdout and returns the exit code of success. */
export async function print({ terminal, format, colour = false }: Printing, view: View): Promise<number> {
  const nothing = Array.isArray(view.value) && view.value.length === 0 && format !== 'json';
  const isColoured = colour && format === 'table' && terminal.stdout.isTerminal;
  if (!nothing && isColoured && view.table !== undefined && view.colours !== undefined) {
    await draw(terminal.stdout, view.table(), view.colours);
  } else if (!nothing) await terminal.stdout.write(await render(format, view, terminal.stdout));
  else if (format === 'table' && view.none !== undefined) await terminal.stderr.write(`${view.none}\n`);
  return exitCode.done;
}

async function draw(stdout: Sink, table: Table, colours: readonly (number | undefined)[]): Promise<void> {
  const lines = laidOut(table, stdout.size().columns).map((text, index) => ({ text, colour: colours[index] }));
  await stdout.draw({ erased: 0, lines });
}

async function render(format: Format, { value, table }: View, { isTerminal, size }: Sink): Promise<string> {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const plain = plainLines(value);
  if (plain !== undefined) return linesOf(plain);
  if (format === 'table') {
    return linesOf(laidOut(table?.() ?? recordTable(value), isTerminal ? size().columns : undefined));
  }
  const { toYaml, toYamlOnTerminal } = await import('./yaml.ts');
  return isTerminal ? toYamlOnTerminal(value) : toYaml(value);
}

/** Plain values without quotes, one per line, as input of another command (contract 12.4). */
function plainLines(value: unknown): string[] | undefined {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.every((item) => typeof item !== 'object' || item === null) ? items.map(String) : undefined;
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
