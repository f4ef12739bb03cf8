/** Replaces control characters, and those that change the direction of text. */
const replacement = '\ufffd';

/**
 * Text from outside, to be shown: on one line, without control characters (Unicode Cc, Cf, Zl, Zp) or halves of
 * characters, and at most `longest` characters long. A longer text loses its middle: a message names its subject at its
 * beginning, and what is wrong at its end.
 */
export function shortened(text: string, longest: number): string {
  return cut(text, longest)
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, replacement);
}

/** The same for several lines, which stay separate. */
export function shortenedLines(text: string, longest: number): string {
  return cut(text, longest)
    .split('\n')
    .map((line) => shortened(line, longest))
    .join('\n');
}

export interface Bounds {
  /** The most characters of one text, or of the name of a member. */
  readonly text: number;
  /** The most items of one array, and members of one object. */
  readonly items: number;
  /** The deepest nesting of arrays and objects. */
  readonly depth: number;
}

/** The members of an object as JSON, with each text `shortened`. What exceeds a bound is left out. */
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

/** Whether the object is nothing but its members, unlike an error or a date. */
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
