/** Stands where control characters, and those that change the direction of text, stood. */
const replacement = '\ufffd';

/**
 * Text that others wrote, to be repeated to somebody: on one line, without control characters (Unicode Cc, Cf, Zl, Zp) or
 * halves of characters, and at most `longest` characters long. Of longer text the middle is left out: a message names its
 * subject at its beginning, and what is wrong with it at its end.
 */
export function shortened(text: string, longest: number): string {
  return cut(text, longest)
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, replacement);
}

/** The same of several lines, which stay lines. */
export function shortenedLines(text: string, longest: number): string {
  return cut(text, longest)
    .split('\n')
    .map((line) => shortened(line, longest))
    .join('\n');
}

export interface Bounds {
  /** Characters of one text, or of the name of a member. */
  readonly text: number;
  /** Items of one array, and members of one object. */
  readonly items: number;
  /** Arrays and objects within one another. */
  readonly depth: number;
}

/** The members of an object, as JSON has them, with each text `shortened`. What is past a bound is left out. */
export function shortenedMembers(members: object, bounds: Bounds): Record<string, unknown> {
  const inner = { ...bounds, depth: bounds.depth - 1 };
  const kept = Object.entries(members).slice(0, bounds.items);
  return Object.fromEntries(kept.map(([name, value]) => [shortened(name, bounds.text), shortenedValue(value, inner)]));
}

function shortenedValue(value: unknown, bounds: Bounds): unknown {
  if (typeof value === 'string') return shortened(value, bounds.text);
  if (!Array.isArray(value) && !isPlain(value)) return value;
  if (bounds.depth === 0) return '…';
  if (!Array.isArray(value)) return shortenedMembers(value, bounds);
  const inner = { ...bounds, depth: bounds.depth - 1 };
  return value.slice(0, bounds.items).map((item) => shortenedValue(item, inner));
}

/** Whether it is an object that is no more than its members: an error or a date is more. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const end = Math.floor((longest - 1) / 3);
  return `${text.slice(0, longest - 1 - end)}…${text.slice(text.length - end)}`;
}
