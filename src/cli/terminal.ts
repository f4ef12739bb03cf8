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

export interface Sink {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** As it is now: windows are resized. */
  size(): Size;
  /** Resolves when the data is out of our hands; to false when nobody reads any more (`| head`). */
  write(data: string | Uint8Array): Promise<boolean>;
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
