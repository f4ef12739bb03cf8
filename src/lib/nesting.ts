/**
 * The deepest nesting of objects and arrays in input. Recursive code runs out of stack at some thousands, and indented
 * output grows with the square of the depth.
 */
export const mostNesting = 64;

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** The most members of one object: validating against a schema compares each of them with all the schema knows. */
export const mostMembers = 10_000;

/** The shape of a JSON text, as far as it must be known before parsing. */
export interface Shape {
  /** 0 for a text or a number, 1 for a flat object; one more than `mostNesting` for anything deeper. */
  nesting: number;
  /** The most members of one object. Meaningless when the nesting is too deep. */
  members: number;
}

/** Reads each character once, and needs no stack. For a text that is no JSON the result means nothing. */
export function shapeOf(text: string): Shape {
  let [depth, nesting, members] = [0, 0, 0];
  /** For each depth the colons of the open object or array: the members of an object. */
  const colons = new Int32Array(mostNesting + 2);
  for (let at = 0; at < text.length && nesting <= mostNesting; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === colon) members = Math.max(members, countIn(colons, depth));
    else if (isOpening(code)) {
      depth += 1;
      colons[depth] = 0;
      nesting = Math.max(nesting, depth);
    } else if (isClosing(code)) depth -= 1;
  }
  return { nesting, members };
}

export function nestingOf(text: string): number {
  return shapeOf(text).nesting;
}

function countIn(colons: Int32Array, depth: number): number {
  const count = (colons[depth] ?? 0) + 1;
  if (depth >= 0) colons[depth] = count;
  return count;
}

/** Undefined for a text that is no JSON, is nested too deeply, or has an object with too many members. */
export function parsedJson(text: string): unknown {
  const { nesting, members } = shapeOf(text);
  if (nesting > mostNesting || members > mostMembers) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The end of the string that begins here: its last quote, or the end of the text. */
function endOfString(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === backslash) at += 1;
    else if (code === quote) return at;
  }
  return text.length;
}

/** `{` and `[` */
function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b;
}

/** `}` and `]` */
function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d;
}
