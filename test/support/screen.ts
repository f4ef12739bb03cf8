import { Terminal } from '@xterm/headless';

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export interface ScreenOptions extends Size {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** The shell's prompt carries the exit code of the command before it, where only the terminal reads it. */
const promptCode = 133;
const prompt = `\\[\\e]${promptCode};D;$?\\a\\]$ `;

/** A shell on a pseudo terminal, and what a person sees of it: the screen as an xterm draws it. */
export class Screen implements AsyncDisposable {
  readonly #terminal: Terminal;
  readonly #shell: Bun.Subprocess;
  readonly #codes: number[] = [];
  readonly #watchers = new Set<() => void>();
  private constructor({ cols, rows, environment, cwd }: ScreenOptions) {
    const terminal = new Terminal({ cols, rows, scrollback: 100_000, allowProposedApi: true });
    this.#terminal = terminal;
    terminal.parser.registerOscHandler(promptCode, (data) => {
      this.#codes.push(Number(data.split(';')[1]));
      return true;
    });
    const draw = (bytes: Uint8Array) =>
      terminal.write(bytes, () => {
        for (const look of this.#watchers) look();
      });
    this.#shell = Bun.spawn(['/bin/bash', '--norc', '--noprofile', '--noediting', '-i'], {
      cwd,
      env: { TERM: 'xterm-256color', ...environment, PS1: prompt },
      terminal: { cols, rows, data: (_terminal, bytes) => draw(bytes) },
    });
  }

  static async open(options: ScreenOptions): Promise<Screen> {
    const screen = new Screen(options);
    await screen.#until(() => screen.#codes.length === 1);
    return screen;
  }

  /** The lines that are seen now, from the top, without blanks at their ends; one that goes on in the next row is whole. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row < this.#terminal.rows; row += 1) {
      const line = active.getLine(active.baseY + row);
      const goesOn = active.getLine(active.baseY + row + 1)?.isWrapped === true;
      // A blank at the end of a row is part of a line that goes on.
      const text = line?.translateToString(!goesOn) ?? '';
      if (line?.isWrapped === true && lines.length > 0) lines.push(`${lines.pop()}${text}`);
      else lines.push(text);
    }
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  /** How many lines have left the screen at its top. */
  get scrolledAway(): number {
    return this.#terminal.buffer.active.baseY;
  }

  /** Sends keys, as they are typed. */
  type(keys: string): void {
    this.#shell.terminal?.write(keys);
  }

  /** Types a command on an empty screen. The promise is of its exit code, and resolves when all of it is drawn. */
  begin(line: string): { readonly ended: Promise<number> } {
    const before = this.#codes.length;
    this.#terminal.clear();
    this.type(`${line}\r`);
    const ended = async () => {
      await this.#until(() => this.#codes.length > before, `the end of ${line}`);
      return this.#codes.at(-1) ?? Number.NaN;
    };
    return { ended: ended() };
  }

  /** Types a command on an empty screen, and waits for its exit code. */
  run(line: string): Promise<number> {
    return this.begin(line).ended;
  }

  /** Waits until the screen shows the text. @throws Error with what it shows instead */
  async shows(wanted: string | RegExp): Promise<void> {
    await this.#until(() => {
      const text = this.lines.join('\n');
      return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
    }, String(wanted));
  }

  async #until(holds: () => boolean, wanted = 'the shell'): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`${wanted} did not show within ${deadlineMs / 1000} s:\n${this.lines.join('\n')}`));
      }, deadlineMs);
      const look = () => {
        if (!holds()) return;
        clearTimeout(late);
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell.terminal?.close();
    this.#shell.kill('SIGKILL');
    await this.#shell.exited;
    this.#terminal.dispose();
  }
}

const deadlineMs = 120_000;
