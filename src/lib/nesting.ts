/**
 * How deep objects and arrays may stand in one another in what comes from outside. What works through a value by recursion
 * runs out of stack at some thousands, and what writes one out with indentation takes the square of the depth.
 */
export const mostNesting = 64;

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** How many members one object may have: whoever goes by a schema compares each of them with all it knows. */
export const mostMembers = 10_000;

/** The shape of a JSON text, as far as it has to be known before it is parsed. */
export interface Shape {
  /** 0 for a text or a number, 1 for a flat object; one more than `mostNesting` for all that is deeper. */
  nesting: number;
  /** Of the object that has most. Of what is nested too deeply it means nothing. */
  members: number;
}

/** Looks at each character once, and needs no stack. Of what is no JSON the answer means nothing. */
export function shapeOf(text: string): Shape {
  let [depth, nesting, members] = [0, 0, 0];
  /** For each depth the colons of what is open there: those of an object are its members. */
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

/** Undefined for what is no JSON, is nested too deeply, or has an object with too many members. */
export function parsedJson(text: string): unknown {
  const { nesting, members } = shapeOf(text);
  if (nesting > mostNesting || members > mostMembers) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where the string that begins here ends: its last quote, or the end of the text. */
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
