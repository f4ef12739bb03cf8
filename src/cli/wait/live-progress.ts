import type { Observation } from '../../client/operations.ts';
import { printable } from '../printable.ts';
import type { Sink } from '../terminal.ts';
import { type Failure, failuresOf } from './failures.ts';
import { frame } from './frame.ts';
import { colours, type Line } from './line.ts';
import { namesOf } from './names.ts';
import type { Progress } from './progress.ts';
import type { Scene } from './scene.ts';
import { reasonOf } from './sentence.ts';

type ReadScene = (observation: Observation, signal: AbortSignal) => Promise<Scene>;

export interface LiveEnd {
  /** What the command prints besides, about hosts that have ended. At the end the view leaves that out. */
  readonly besides: 'nothing' | 'output' | 'output_and_errors';
}

interface LiveOptions extends LiveEnd {
  readonly colour: boolean;
  readonly scene: ReadScene;
}

/** The operation redrawn in place. */
export class LiveProgress implements Progress {
  readonly #sink: Sink;
  readonly #colour: boolean;
  readonly #scene: ReadScene;
  readonly #besides: LiveEnd['besides'];
  #drawn: readonly Line[] = [];
  #last: Scene | undefined;

  constructor(sink: Sink, options: LiveOptions) {
    this.#sink = sink;
    this.#colour = options.colour;
    this.#scene = options.scene;
    this.#besides = options.besides;
  }

  async show(observation: Observation, signal: AbortSignal): Promise<void> {
    this.#last = await this.#scene(observation, signal);
    await this.#draw(this.#last);
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
   * Prints why the operation and its hosts ended so, where the frame has cut it to the width of the screen, unless the
   * output of the hosts says more.
   */
  async end(): Promise<void> {
    if (this.#last === undefined) return;
    const { operation, lastLines } = this.#last;
    if (this.#besides !== 'nothing' && lastLines.size > 0 && this.#drawn.length > 0) {
      await this.#draw({ ...this.#last, lastLines: new Map() });
    }
    if (this.#besides === 'output_and_errors') return;
    const why = reasonOf(operation);
    const reason = why === '' || this.#isShown(why) ? [] : [{ text: why }];
    const lines = failuresOf(operation)
      .filter((failure) => failure.brief === failure.message && !this.#areShown(failure))
      .map(({ hosts, message }) => ({ text: `${namesOf(hosts)}: ${message}` }));
    if (reason.length + lines.length > 0) await this.#sink.draw({ erased: 0, lines: [...reason, ...lines] });
  }

  async #draw(scene: Scene): Promise<void> {
    const lines = frame(scene, this.#sink.size());
    const painted = lines.map(({ text, tone }) => ({ text, colour: this.#colour ? colours[tone] : undefined }));
    await this.#sink.draw({ erased: this.#height(), lines: painted });
    this.#drawn = lines;
  }

  /** Whether the frame has the error of these hosts: once for all, or for each. */
  #areShown({ hosts, message }: Failure): boolean {
    return this.#isShown(message) || hosts.every((host) => this.#isShown(message.replaceAll('HOST', host)));
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
