import { invalidTarget, type Place } from './invalid-target.ts';

/** The most names of one node set: a typing error such as `[1-9999999999]` must not fill the memory. */
export const maxNames = 100_000;

/** Longer numbers would be inexact. */
const maxDigits = 15;

/** A compact list of names. `names` creates them one by one, because there may be very many. */
export interface NodeSet {
  /** The number of names, repeated ones included. */
  readonly count: number;
  names(): Generator<string>;
}

/**
 * Parses a node set in ClusterShell's notation: `node[1-3,07-10],r[1-2]n[1-4],10.0.0.[0-8/2]`. Names come in the order
 * in which they are written; the width of a number with leading zeros is kept.
 *
 * @param place of `text` when it is a part of a longer text
 * @throws AppError `invalid_target`
 */
export function readNodeSet(text: string, place: Place = { text, offset: 0 }): NodeSet {
  const scanner = new Scanner(text, place);
  const named: Part[][] = [];
  let count = 0;
  do {
    const begin = scanner.position;
    const parts = readName(scanner);
    count += parts.reduce((product, part) => product * countOf(part), 1);
    if (count > maxNames) {
      throw scanner.problem(`a target may name ${grouped(maxNames)} hosts, this makes ${grouped(count)}`, begin);
    }
    named.push(parts);
  } while (scanner.take(','));
  if (!scanner.atEnd()) throw scanner.expected('a letter, a digit, ".", "_", "-", ":", "[" or ","');
  return {
    count,
    *names() {
      for (const parts of named) yield* combinations(parts);
    },
  };
}

/** All names of a node set, each once. @throws AppError `invalid_target` */
export function expandNodeSet(text: string): string[] {
  return [...new Set(readNodeSet(text).names())];
}

/**
 * The shortest node set for the names, in natural order (`n2` before `n10`): the inverse of `expandNodeSet`, whatever
 * the order of the names. Takes time in n log n.
 *
 * @param names of letters, digits, `.`, `_`, `-` and `:`
 */
export function foldNodeSet(names: readonly string[]): string {
  let rows = Array.from(new Set(names), partsOf).sort(naturally);
  const widest = rows.reduce((most, { length }) => Math.max(most, length), 0);
  // From the last number to the first: names that differ in one number only become one row, with ranges there.
  for (let column = widest - 2; column > 0; column -= 2) rows = foldColumn(rows, column);
  return rows.map((row) => row.join('')).join(',');
}

/** A part of a name: plain text, or the ranges in brackets. */
type Part = string | readonly Range[];

/** Numbers from first to last, `step` apart, padded with zeros to `width` digits. */
interface Range {
  first: number;
  last: number;
  step: number;
  width: number;
}

class Scanner {
  readonly #text: string;
  readonly #place: Place;
  position = 0;

  constructor(text: string, place: Place) {
    this.#text = text;
    this.#place = place;
  }

  atEnd(): boolean {
    return this.position >= this.#text.length;
  }

  /** Skips the character if it is the next one. */
  take(character: string): boolean {
    if (this.#text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  /** Skips and returns what the sticky pattern matches here. */
  match(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.position += found.length;
    return found;
  }

  expected(what: string) {
    const next = this.#text[this.position];
    return this.problem(`expected ${what}, found ${next === undefined ? 'the end' : JSON.stringify(next)}`);
  }

  problem(text: string, position = this.position) {
    return invalidTarget(this.#place, position, text);
  }
}

function readName(scanner: Scanner): Part[] {
  const parts: Part[] = [];
  for (;;) {
    const literal = scanner.match(/[A-Za-z0-9._:-]+/y);
    if (literal !== '') parts.push(literal);
    else if (scanner.take('[')) parts.push(readRanges(scanner));
    else if (parts.length > 0) return parts;
    else throw scanner.expected('the name of a host');
  }
}

function readRanges(scanner: Scanner): Range[] {
  const ranges: Range[] = [];
  do ranges.push(readRange(scanner));
  while (scanner.take(','));
  if (!scanner.take(']')) throw scanner.expected('"-", "/", "," or "]"');
  return ranges;
}

function readRange(scanner: Scanner): Range {
  const first = readDigits(scanner);
  const width = isPadded(first) ? first.length : 0;
  if (!scanner.take('-')) return { first: Number(first), last: Number(first), step: 1, width };
  const begin = scanner.position;
  const last = readDigits(scanner);
  if (Number(last) < Number(first)) throw scanner.problem(`expected a number of at least ${first}`, begin);
  // `[1-010]` and `[001-10]` are ambiguous about the width.
  if (last.length < width || (isPadded(last) && last.length !== first.length)) {
    throw scanner.problem(`expected as many digits as ${first} has`, begin);
  }
  return { first: Number(first), last: Number(last), step: readStep(scanner), width };
}

function readStep(scanner: Scanner): number {
  if (!scanner.take('/')) return 1;
  const begin = scanner.position;
  const step = Number(readDigits(scanner));
  if (step === 0) throw scanner.problem('expected a step of at least 1', begin);
  return step;
}

function readDigits(scanner: Scanner): string {
  const begin = scanner.position;
  const digits = scanner.match(/[0-9]+/y);
  if (digits === '') throw scanner.expected('a number');
  if (digits.length > maxDigits) throw scanner.problem(`expected a number of at most ${maxDigits} digits`, begin);
  return digits;
}

function isPadded(digits: string): boolean {
  return digits.length > 1 && digits.startsWith('0');
}

function countOf(part: Part): number {
  if (typeof part === 'string') return 1;
  return part.reduce((count, { first, last, step }) => count + Math.floor((last - first) / step) + 1, 0);
}

function* textsOf(part: Part): Generator<string> {
  if (typeof part === 'string') yield part;
  else for (const range of part) yield* numbersOf(range);
}

function* numbersOf({ first, last, step, width }: Range): Generator<string> {
  for (let number = first; number <= last; number += step) yield String(number).padStart(width, '0');
}

/** Every combination of one text per part; the last part changes fastest. */
function* combinations([first, ...others]: readonly Part[]): Generator<string> {
  if (first === undefined) {
    yield '';
    return;
  }
  for (const text of textsOf(first)) for (const rest of combinations(others)) yield text + rest;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** A name split into texts and numbers in turn: the numbers have odd indices. Numbers too long to be exact are text. */
function partsOf(name: string): string[] {
  return name.split(/(?<!\d)(\d{1,15})(?!\d)/);
}

/** Compares numbers by value, then by length, and texts by their characters. */
function naturally(left: readonly string[], right: readonly string[]): number {
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    const isNumber = index % 2 === 1;
    if (isNumber) return Number(part) - Number(other) || part.length - other.length;
    return part < other ? -1 : 1;
  }
  return left.length - right.length;
}

/** Merges rows that differ only in the number of one column. Keeps the order. */
function foldColumn(rows: readonly string[][], column: number): string[][] {
  const groups = Map.groupBy(rows, (row) => row.map((part, index) => (index === column ? '' : part)).join('\0'));
  return Array.from(groups.values(), (group) => {
    const [row = []] = group;
    return row.length <= column ? row : row.with(column, rangesOf(group.map((each) => each[column] ?? '')));
  });
}

/** Numbers in ascending order as `7` or `[1-3,7,09-11]`. */
function rangesOf(numbers: readonly string[]): string {
  const left = new Set(numbers);
  const ranges: string[] = [];
  for (const first of numbers) {
    if (!left.delete(first)) continue;
    let last = first;
    for (let next = successor(last); left.delete(next); next = successor(next)) last = next;
    ranges.push(first === last ? first : `${first}-${last}`);
  }
  return numbers.length === 1 ? ranges.join('') : `[${ranges.join(',')}]`;
}

function successor(digits: string): string {
  return String(Number(digits) + 1).padStart(digits.length, '0');
}
