import type { Observation } from '../../client/operations.ts';
import type { OperationDetail } from '../../operations/operation.ts';
import { printable } from '../printable.ts';
import type { Sink } from '../terminal.ts';
import { failuresOf } from './failures.ts';
import { frame } from './frame.ts';
import type { Line, Tone } from './line.ts';
import { namesOf } from './names.ts';
import type { Progress } from './progress.ts';
import type { Scene } from './scene.ts';

type ReadScene = (observation: Observation, signal: AbortSignal) => Promise<Scene>;

/** The operation redrawn in place. */
export class LiveProgress implements Progress {
  readonly #sink: Sink;
  readonly #colour: boolean;
  readonly #scene: ReadScene;
  #drawn: readonly Line[] = [];
  #last: OperationDetail | undefined;

  constructor(sink: Sink, options: { colour: boolean; scene: ReadScene }) {
    this.#sink = sink;
    this.#colour = options.colour;
    this.#scene = options.scene;
  }

  async show(observation: Observation, signal: AbortSignal): Promise<void> {
    const lines = frame(await this.#scene(observation, signal), this.#sink.size());
    const painted = lines.map(({ text, tone }) => ({ text, colour: this.#colour ? colours[tone] : undefined }));
    await this.#sink.draw({ erased: this.#height(), lines: painted });
    this.#drawn = lines;
    this.#last = observation.operation;
  }

  /** Written above the redrawn lines, where it stays. */
  async note(text: string): Promise<void> {
    await this.#sink.draw({ erased: this.#height(), lines: [{ text }] });
    this.#drawn = [];
  }

  async clear(): Promise<void> {
    if (this.#drawn.length > 0) await this.#sink.draw({ erased: this.#height(), lines: [] });
    this.#drawn = [];
  }

  /**
   * Prints errors in full, which the frame cuts to the width of the screen, unless the output of the hosts says more.
   */
  async end(): Promise<void> {
    if (this.#last === undefined) return;
    const lines = failuresOf(this.#last)
      .filter(({ brief, message }) => brief === message && !this.#isShown(message))
      .map(({ hosts, message }) => ({ text: `${namesOf(hosts)}: ${message}` }));
    if (lines.length > 0) await this.#sink.draw({ erased: 0, lines });
  }

  #isShown(message: string): boolean {
    return this.#drawn.some(({ text }) => text.endsWith(` ${printable(message)}`));
  }

  /** The number of rows of the frame. */
  #height(): number {
    const { columns, rows } = this.#sink.size();
    // A terminal that became narrower has wrapped the drawn lines; rows that left the screen at its top cannot be
    // erased.
    const heights = this.#drawn.map(({ text }) => Math.max(1, Math.ceil(Bun.stringWidth(text) / columns)));
    return Math.min(
      rows - 1,
      heights.reduce((sum, each) => sum + each, 0),
    );
  }
}

const colours: Readonly<Record<Tone, number | undefined>> = {
  plain: undefined,
  quiet: 2,
  busy: 36,
  good: 32,
  bad: 31,
};
