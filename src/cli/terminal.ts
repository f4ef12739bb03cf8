/** The terminal of a program: its three streams, its environment, and interruption by Ctrl-C. */
export interface Terminal {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** Until its disposal, Ctrl-C aborts the signal instead of ending the process. */
  interruption(): Disposable & { readonly signal: AbortSignal };
}

/**
 * An output. A terminal shows what is written and never obeys it; only `draw` and `writeRaw` can send controls. A pipe
 * or a file gets everything byte for byte.
 */
export interface Sink {
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** The current size, because windows are resized. */
  size(): Size;
  /**
   * Resolves when the data is written; to false when the reader has closed the output (`| head`). On a terminal the
   * controls in a text are escaped as in JSON. Bytes are output of machines or contents of files: see `OutputText`.
   */
  write(data: string | Uint8Array): Promise<boolean>;
  /** Replaces the lines that were drawn before. */
  draw(drawing: Drawing): Promise<boolean>;
  /** Writes data unchanged even to a terminal, for `--raw`. */
  writeRaw(data: string | Uint8Array): Promise<boolean>;
}

export interface Drawing {
  /** The number of rows above the cursor to remove, with everything below them. */
  readonly erased: number;
  readonly lines: readonly DrawnLine[];
}

export interface DrawnLine {
  readonly text: string;
  /** A parameter of SGR (ECMA-48, 8.3.117). */
  readonly colour?: number | undefined;
}

export interface Source {
  readonly isTerminal: boolean;
  /** Reads everything up to the end. */
  read(): Promise<Uint8Array>;
  /** Prompts for one line. @throws Interrupted */
  ask(prompt: string): Promise<string>;
  /** The same without echo. @throws Interrupted */
  askSecret(prompt: string): Promise<string>;
}

export interface Size {
  columns: number;
  rows: number;
}
