import type { Observation } from '../../client/operations.ts';
import type { OperationDetail } from '../../operations/operation.ts';
import { printable } from '../printable.ts';
import type { Sink } from '../terminal.ts';
import { frame, type Line } from './frame.ts';
import { failedHosts } from './outcome.ts';
import type { Progress } from './progress.ts';

/** The operation redrawn in place. */
export class LiveProgress implements Progress {
  readonly #sink: Sink;
  readonly #colour: boolean;
  #drawn = 0;
  #last: OperationDetail | undefined;

  constructor(sink: Sink, { colour }: { colour: boolean }) {
    this.#sink = sink;
    this.#colour = colour;
  }

  async show(observation: Observation): Promise<void> {
    const lines = frame(observation, this.#sink.size()).map((line) => `${this.#paint(line)}\n`);
    await this.#sink.write(this.#erasure() + lines.join(''));
    this.#drawn = lines.length;
    this.#last = observation.operation;
  }

  /** Stays above what is redrawn. */
  async note(text: string): Promise<void> {
    await this.#sink.write(`${this.#erasure()}${printable(text)}\n`);
    this.#drawn = 0;
  }

  /** The frame cuts errors to the width of the screen, and leaves out hosts: here they are in full. */
  async end(): Promise<void> {
    if (this.#last === undefined) return;
    const errors = failedHosts(this.#last).map(({ address, state, error }) => `${address} ${error?.message ?? state}`);
    await this.#sink.write(errors.map((line) => `${printable(line)}\n`).join(''));
  }

  /** Up to the first line of the frame, and everything below it away. */
  #erasure(): string {
    return this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A\x1b[J`;
  }

  #paint({ text, tone }: Line): string {
    const code = codes[tone];
    return this.#colour && code !== undefined ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

const codes: Readonly<Record<Line['tone'], number | undefined>> = {
  plain: undefined,
  quiet: 2,
  busy: 36,
  good: 32,
  bad: 31,
};
