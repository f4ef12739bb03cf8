/** Removes what a room keeps no longer, because it is too old or past a limit. */
export interface Sweep {
  /** The removed things, in the plural, for the log. */
  readonly what: string;
  /**
   * Removes what has been too old for an hour, because the calendar may be wrong for a moment. Its transactions are
   * bounded; when the signal ends it, the next call continues.
   *
   * @returns how many were removed
   */
  sweep(signal: AbortSignal): Promise<number>;
}
