import type { Terminal } from '../terminal.ts';

/** Milliseconds between two lines. */
const betweenMs = 500;

/** Shows on a terminal how many bytes have passed; elsewhere it is silent. */
export class Progress {
  readonly #terminal: Terminal;
  #passed = 0;
  #expected: number | undefined;
  #shown = performance.now();
  #rows = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** How many bytes are read at most, for people to compare with. */
  expect(bytes: number): void {
    this.#expected = bytes;
  }

  /** The same bytes. */
  async *over(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of bytes) {
        this.#passed += chunk.length;
        if (performance.now() - this.#shown >= betweenMs) await this.#show();
        yield chunk;
      }
    } finally {
      if (this.#rows > 0) await this.#draw([]);
    }
  }

  async #show(): Promise<void> {
    this.#shown = performance.now();
    if (!this.#terminal.stderr.isTerminal) return;
    const of = this.#expected === undefined ? '' : `; ${mebibytes(this.#expected)} before compression`;
    await this.#draw([{ text: `${mebibytes(this.#passed)}${of}` }]);
  }

  async #draw(lines: readonly { text: string }[]): Promise<void> {
    await this.#terminal.stderr.draw({ erased: this.#rows, lines });
    this.#rows = lines.length;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
