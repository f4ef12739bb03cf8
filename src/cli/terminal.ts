/** Where a program is run from: its three streams, its environment, and the keys that interrupt it. */
export interface Terminal {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** From here to its disposal Ctrl-C aborts the signal instead of ending the process. */
  interruption(): Disposable & { readonly signal: AbortSignal };
}

/**
 * Where something is written. Whatever is written, a terminal shows it and does not obey it; only `draw` and `writeRaw`
 * can command one. A pipe or a file gets everything byte for byte.
 */
export interface Sink {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** As it is now: windows are resized. */
  size(): Size;
  /**
   * Resolves when the data is out of our hands; to false when nobody reads any more (`| head`). On a terminal the controls
   * in a text are escaped as JSON does it. Bytes are what machines printed or files hold: see `OutputText`.
   */
  write(data: string | Uint8Array): Promise<boolean>;
  /** Puts lines in the place of those that were drawn before. */
  draw(drawing: Drawing): Promise<boolean>;
  /** The same as it is on a terminal too: for what a person wants `--raw`. */
  writeRaw(data: string | Uint8Array): Promise<boolean>;
}

export interface Drawing {
  /** Rows above the cursor that go away, with all below them. */
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
  /** Everything up to the end. */
  read(): Promise<Uint8Array>;
  /** Asks for one line. @throws Interrupted */
  ask(prompt: string): Promise<string>;
  /** The same without showing what is typed. @throws Interrupted */
  askSecret(prompt: string): Promise<string>;
}

export interface Size {
  columns: number;
  rows: number;
}
