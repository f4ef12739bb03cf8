/** A line of the server's log, with the members that every line may have; others depend on the line. */
export interface LogLine {
  /** Its number since the start of the server. */
  readonly line: number;
  readonly level: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly msg: string;
  /** The room of the server that wrote it. */
  readonly module?: string;
  readonly requestId?: string;
  readonly operation?: string;
  /** What the request gave as X-Log-Token. */
  readonly logToken?: string;
  readonly [member: string]: unknown;
}

/** Which lines; a member that is left out does not narrow. */
export interface LogFilter {
  /** The lowest level. */
  readonly level?: string | undefined;
  readonly module?: string | undefined;
  readonly operation?: string | undefined;
  readonly requestId?: string | undefined;
  readonly logToken?: string | undefined;
  /** The earliest time, ISO 8601, UTC. */
  readonly since?: string | undefined;
}

/** Reads the newest lines of the log, which are kept in memory. */
export interface LogReader {
  /** The number of the newest line; 0 before the first one. */
  readonly newest: number;
  /** The newest lines that match, the oldest first. */
  newestLines(filter: LogFilter, limit: number): LogLine[];
  /** The oldest matching lines after a number, and the number up to which they are complete. */
  linesAfter(sequence: number, filter: LogFilter, limit: number): { lines: LogLine[]; reached: number };
  /** Calls the listener after each line. */
  onLine(listener: () => void): Disposable;
}
