import { printable, truncate } from './printable.ts';
import type { DrawnLine, Sink } from './terminal.ts';

/** Lines at the end of a terminal that are replaced as a whole. They never take more rows than the terminal has. */
export class Redrawn {
  readonly #sink: Sink;
  #drawn: readonly DrawnLine[] = [];

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** False when the reader has closed the output. */
  draw(lines: readonly DrawnLine[]): Promise<boolean> {
    const erased = this.#height();
    const { columns, rows } = this.#sink.size();
    // The last row is for the cursor.
    const room = Math.max(2, rows - 1);
    const cut = lines.length <= room ? lines : lines.slice(0, room - 1);
    const more = lines.length - cut.length;
    const shown = [...cut, ...(more === 0 ? [] : [{ text: `… ${more} more ${more === 1 ? 'line' : 'lines'}` }])];
    this.#drawn = shown.map(({ text, colour }) => ({ text: truncate(printable(text), columns), colour }));
    return this.#sink.draw({ erased, lines: this.#drawn });
  }

  /** A terminal that became narrower has wrapped the lines; rows that left the screen at its top cannot be erased. */
  #height(): number {
    const { columns, rows } = this.#sink.size();
    const heights = this.#drawn.map(({ text }) => Math.max(1, Math.ceil(Bun.stringWidth(text) / columns)));
    const sum = heights.reduce((total, each) => total + each, 0);
    return Math.min(rows - 1, sum);
  }
}
