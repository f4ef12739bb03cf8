/** The longest pattern. */
export const longestGlob = 256;
/** The most characters of a text that patterns are compared with: a record may contain a whole script. */
export const mostCompared = 4096;

/** A text to compare a pattern with, as far as `Glob` reads it. */
export type GlobText = Pick<string, 'length' | 'charCodeAt'>;

const [star, anyOne] = ['*'.charCodeAt(0), '?'.charCodeAt(0)];
const wordBits = 32;

/**
 * A pattern in which `*` matches any characters and `?` one. Patterns and texts come from outside: matching reads each
 * character of a text once, whatever the pattern.
 *
 * The pattern is a state machine whose states are bits: bit n says that the first n characters of the pattern, without
 * stars, have been found (Baeza-Yates and Gonnet, "A new approach to text searching", 1992).
 */
export class Glob {
  readonly #words: number;
  readonly #states: number;
  /** The states that any character keeps: those before which there is a star. */
  readonly #staying: Int32Array;
  /** For each character of the pattern, the states that it advances. */
  readonly #leading = new Map<number, Int32Array>();
  /** The states that any character advances. */
  readonly #leadingAny: Int32Array;

  constructor(pattern: string) {
    const codes = Array.from({ length: pattern.length }, (_, index) => pattern.charCodeAt(index));
    this.#states = codes.filter((code) => code !== star).length + 1;
    this.#words = Math.ceil(this.#states / wordBits);
    this.#staying = new Int32Array(this.#words);
    this.#leadingAny = new Int32Array(this.#words);
    let state = 0;
    for (const code of codes) {
      if (code === star) setBit(this.#staying, state);
      else if (code === anyOne) setBit(this.#leadingAny, state++);
      else setBit(this.#leadingOn(code), state++);
    }
    for (const leading of this.#leading.values()) {
      for (const [at, bits] of this.#leadingAny.entries()) leading[at] = (leading[at] ?? 0) | bits;
    }
  }

  matches(text: GlobText): boolean {
    const words = this.#words;
    const found = new Int32Array(words);
    found[0] = 1;
    for (let read = 0; read < text.length; read += 1) {
      const leading = this.#leading.get(text.charCodeAt(read)) ?? this.#leadingAny;
      let [carry, isAlive] = [0, 0];
      for (let at = 0; at < words; at += 1) {
        const before = found[at] ?? 0;
        const onward = before & (leading[at] ?? 0);
        const now = (onward << 1) | carry | (before & (this.#staying[at] ?? 0));
        carry = onward >>> (wordBits - 1);
        found[at] = now;
        isAlive |= now;
      }
      if (isAlive === 0) return false;
    }
    return hasBit(found, this.#states - 1);
  }

  #leadingOn(code: number): Int32Array {
    const known = this.#leading.get(code) ?? new Int32Array(this.#words);
    this.#leading.set(code, known);
    return known;
  }
}

/**
 * Several patterns, one of which must match. Plain texts among them are looked up, however many there are. Other
 * patterns are compared with the first `mostCompared` characters of a text.
 */
export class GlobSet {
  readonly #plain: ReadonlySet<string>;
  readonly #globs: readonly Glob[];

  constructor(patterns: Iterable<string>) {
    const all = new Set(patterns);
    this.#plain = new Set([...all].filter((pattern) => !isGlob(pattern)));
    this.#globs = [...all].filter(isGlob).map((pattern) => new Glob(pattern));
  }

  matches(text: string): boolean {
    if (this.#plain.has(text)) return true;
    const beginning = text.slice(0, mostCompared);
    return this.#globs.some((glob) => glob.matches(beginning));
  }
}

/** Whether a text is a pattern, which can match other texts than itself. */
export function isGlob(text: string): boolean {
  return text.includes('*') || text.includes('?');
}

function setBit(bits: Int32Array, bit: number): void {
  const at = Math.floor(bit / wordBits);
  bits[at] = (bits[at] ?? 0) | (1 << (bit % wordBits));
}

function hasBit(bits: Int32Array, bit: number): boolean {
  return ((bits[Math.floor(bit / wordBits)] ?? 0) & (1 << (bit % wordBits))) !== 0;
}
