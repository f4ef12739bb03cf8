/** Where a text stops being JSON (RFC 8259), counted from 1. The runtime's message does not say. */
export function jsonErrorPosition(text: string): { line: number; column: number } {
  const before = text.slice(0, new Scanner(text).errorOffset()).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

const space = /[ \t\n\r]*/y;
const string = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

class Scanner {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  errorOffset(): number {
    if (this.#value()) this.#take(space);
    return this.#offset;
  }

  #value(): boolean {
    this.#take(space);
    if (this.#take(/\{/y)) return this.#items(/\}/y, () => this.#member());
    if (this.#take(/\[/y)) return this.#items(/\]/y, () => this.#value());
    return this.#take(string) || this.#take(scalar);
  }

  #member(): boolean {
    this.#take(space);
    return this.#take(string) && this.#token(/:/y) && this.#value();
  }

  #items(end: RegExp, item: () => boolean): boolean {
    if (this.#token(end)) return true;
    do {
      if (!item()) return false;
    } while (this.#token(/,/y));
    return this.#token(end);
  }

  #token(expected: RegExp): boolean {
    this.#take(space);
    return this.#take(expected);
  }

  /** Skips what matches here. */
  #take(expected: RegExp): boolean {
    expected.lastIndex = this.#offset;
    const found = expected.exec(this.#text);
    if (found === null) return false;
    this.#offset += found[0].length;
    return true;
  }
}
