/**
 * How deep objects and arrays may stand in one another in what comes from outside. What works through a value by recursion
 * runs out of stack at some thousands, and what writes one out with indentation takes the square of the depth.
 */
export const mostNesting = 64;

const quote = 0x22;
const backslash = 0x5c;

/**
 * How deep a JSON text is nested: 0 for a text or a number, 1 for a flat object; one more than `mostNesting` for all that
 * is deeper. Looks at each character once, and needs no stack. Of what is no JSON the answer means nothing.
 */
export function nestingOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (let at = 0; at < text.length && deepest <= mostNesting; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (isOpening(code)) depth += 1;
    else if (isClosing(code)) depth -= 1;
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

/** Undefined for what is no JSON, or nested too deeply. */
export function parsedJson(text: string): unknown {
  if (nestingOf(text) > mostNesting) return undefined;
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
