/** Sees the transactions of a store that write something. It must be quick, and never throw. */
export interface CommitWatch {
  /** @param retries how often its work ran again */
  committed(ms: number, retries: number): void;
  /** The error is that of the commit, not of its work. */
  failed(error: unknown, retries: number): void;
}

/** How much of the file the tables take, in bytes. */
export interface StoreUsage {
  /** The pages of the file that were ever used. */
  readonly fileBytes: number;
  /** The pages that hold tables now; the others are free for new values. */
  readonly usedBytes: number;
  /** The number of values, by collection. */
  readonly entries: ReadonlyMap<string, number>;
}
