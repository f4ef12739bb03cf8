import type { Screen } from '../../support/screen.ts';

/** What differs from one time to the next, and what stands for it. */
export type StandIn = readonly [real: string | RegExp, shown: string];

/** Writes down what is typed at a terminal, and what the screen shows after each command. */
export class Recorder {
  readonly #screen: Screen;
  readonly #standIns: readonly StandIn[];
  readonly #passing: readonly StandIn[];
  readonly #steps: string[] = [];

  /** @param standIns texts of this run, which may become more while it records */
  constructor(screen: Screen, standIns: readonly StandIn[], passing: readonly StandIn[]) {
    this.#screen = screen;
    this.#standIns = standIns;
    this.#passing = passing;
  }

  /** Types a command, answers what it asks for, and writes down the screen at its end. */
  async types(line: string, answers: Readonly<Record<string, string>> = {}): Promise<void> {
    const { ended } = this.#screen.begin(line);
    for (const [question, answer] of Object.entries(answers)) {
      await this.#screen.shows(question);
      this.#screen.type(answer);
    }
    this.sees(await ended);
  }

  /** Writes down the screen as it is now. @param code the exit code of what ended */
  sees(code = 0): void {
    const { lines, scrolledAway } = this.#screen;
    // The last one is the prompt.
    const shown = this.#steady(lines.slice(0, -1));
    const above = scrolledAway === 0 ? '' : `(${scrolledAway} lines above)\n`;
    this.#steps.push(`${above}${shown}${code === 0 ? '' : `\n= ${code}`}`);
  }

  /** Adds a remark about what follows. */
  notes(text: string): void {
    this.#steps.push(`# ${text}`);
  }

  get text(): string {
    return `${this.#steps.join('\n\n')}\n`;
  }

  /**
   * The lines with stand-ins, as the terminal would show them, without the blanks that depend on what they stand for:
   * columns are as wide as what they hold.
   */
  #steady(lines: readonly string[]): string {
    const width = this.#screen.columns;
    return lines
      .map((line) => {
        const all = [...this.#standIns, ...this.#passing];
        const steady = all.reduce((left, [real, shown]) => left.replaceAll(real, shown), line);
        return steady.replaceAll(/(?<=\S) {2,}/g, '  ').trimEnd();
      })
      .flatMap((line) => line.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''])
      .join('\n');
  }
}

/** Times, ids, and what the machine that records is. */
export const passing: readonly StandIn[] = [
  [/\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(\.\d+)?/g, 'YYYY-MM-DD$1hh:mm:ss'],
  [/\b20\d\d-\d\d-\d\d\b/g, 'YYYY-MM-DD'],
  [/\b(\d+m)?\d+s\b( ago)?/g, 'Ns$2'],
  [/\b\d+m ago\b/g, 'Ns ago'],
  // As much of a target as there is room for beside the time.
  [/\([^ ()]*…:/g, '(…:'],
  [/(debian +)\d+( +\d+(\.\d+)? [KMGT]iB)/g, '$1N$2'],
  [/\b\d+(\.\d+)? [KMGT]iB\b/g, 'N GiB'],
  [/\b\d+(\.\d+)? ms\b/g, 'N ms'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '0197c0de-0000-7000-8000-000000000000'],
];
