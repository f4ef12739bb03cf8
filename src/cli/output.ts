import type { Clock } from '../lib/clock.ts';
import { exitCode } from './exit-code.ts';
import { type Format, type Shape, valuesAt } from './formats.ts';
import { laidOut, paper, type Screen } from './laid-out.ts';
import { recordTable, type Table } from './table.ts';
import type { Sink, Terminal } from './terminal.ts';

/** A result: the value for programs, and its form for people. */
export interface View {
  readonly value: unknown;
  /** By default a record in two columns, or a list of plain values one per line. */
  readonly table?: () => Table;
  /** Parameters of SGR for the lines of the table, on a terminal that has colours. */
  readonly colours?: readonly (number | undefined)[] | undefined;
  /** Printed for people instead of an empty list. */
  readonly none?: string;
  /** What the result is about, where the value does not tell. */
  readonly names?: readonly string[];
}

/** Where and how results are printed. */
export interface Printing {
  readonly terminal: Terminal;
  readonly format: Format;
  readonly colour?: boolean;
  readonly shape?: Shape | undefined;
  /** The noun of the command, for `-o name`. */
  readonly noun?: string;
  readonly clock?: Clock;
}

/** Prints a result on stdout and returns the exit code of success. */
export async function print(printing: Printing, view: View): Promise<number> {
  const { terminal, format, shape, colour = false } = printing;
  if (shape?.kind === 'name') return printNames(printing, view);
  const nothing = Array.isArray(view.value) && view.value.length === 0 && format !== 'json';
  const isColoured = colour && format === 'table' && shape?.kind !== 'jsonpath' && terminal.stdout.isTerminal;
  if (!nothing && isColoured && view.table !== undefined && view.colours !== undefined) {
    await draw(printing, view.table(), view.colours);
  } else if (!nothing) await terminal.stdout.write(await render(printing, view));
  else if (format === 'table' && view.none !== undefined) await terminal.stderr.write(`${view.none}\n`);
  return exitCode.done;
}

async function draw(printing: Printing, table: Table, colours: readonly (number | undefined)[]): Promise<void> {
  const lines = laidOut(table, screenOf(printing)).map((text, index) => ({ text, colour: colours[index] }));
  await printing.terminal.stdout.draw({ erased: 0, lines });
}

async function render(printing: Printing, { value, table }: View): Promise<string> {
  const { format, shape, terminal } = printing;
  if (shape?.kind === 'jsonpath') return linesOf((await valuesAt(shape.path))(value).map(textOf));
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const plain = plainLines(value);
  if (plain !== undefined) return linesOf(plain);
  if (format === 'table') return linesOf(laidOut(table?.() ?? recordTable(value), screenOf(printing)));
  const { toYaml, toYamlOnTerminal } = await import('./yaml.ts');
  return terminal.stdout.isTerminal ? toYamlOnTerminal(value) : toYaml(value);
}

function screenOf({ terminal, shape, clock }: Printing): Screen {
  const { isTerminal, size }: Sink = terminal.stdout;
  if (!isTerminal) return paper;
  if (shape?.kind === 'wide') return { zone: 'local' };
  return { columns: size().columns, zone: 'local', ...(clock === undefined ? {} : { now: clock.now().getTime() }) };
}

/** `host/192.0.2.11`, one per line. A plain value, such as `Success`, stays as it is. */
async function printNames({ terminal, noun = '' }: Printing, { value, names }: View): Promise<number> {
  const lines = names === undefined && isPlain(value) ? [String(value)] : prefixed(noun, names ?? namesIn(value));
  await terminal.stdout.write(linesOf(lines));
  const isNameless = lines.length === 0 && !(Array.isArray(value) && value.length === 0);
  if (isNameless) await terminal.stderr.write('commctl: the result has no name; use -o json\n');
  return exitCode.done;
}

function prefixed(noun: string, names: readonly string[]): string[] {
  return names.map((name) => (noun === '' ? name : `${noun}/${name}`));
}

function namesIn(value: unknown): string[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map(nameOfRecord).filter((name) => name !== '');
}

/** The members that records are known by, the most telling first. */
const naming = ['address', 'id', 'name', 'sequence'];

/** The name of a record in `-o name`; empty when it has none. */
export function nameOfRecord(record: unknown): string {
  if (typeof record !== 'object' || record === null) return String(record);
  const [name = ''] = naming.flatMap((member) => {
    const value: unknown = Object.hasOwn(record, member) ? Reflect.get(record, member) : undefined;
    return value === undefined ? [] : [String(value)];
  });
  return name;
}

/** Plain values without quotes, one per line, as input of another command (contract 12.4). */
function plainLines(value: unknown): string[] | undefined {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.every(isPlain) ? items.map(String) : undefined;
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function textOf(value: unknown): string {
  return isPlain(value) ? String(value) : JSON.stringify(value);
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
