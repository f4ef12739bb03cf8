/** What a room removes once it is too old, or past a limit. */
export interface Sweep {
  /** What is removed, in the plural, as the log has it. */
  readonly what: string;
  /**
   * Looks, and removes what was found too old for an hour: the calendar may be wrong for a moment. It is bounded in each of its
   * transactions, and goes on at the next look when the signal ends it.
   *
   * @returns how many were removed
   */
  sweep(signal: AbortSignal): Promise<number>;
}
