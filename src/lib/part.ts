/**
 * What a room gives to the composition root, beside what other rooms use of it. A part can always be disposed of,
 * whether it has begun, failed to begin, or never began.
 */
export interface Part extends AsyncDisposable {
  /** Starts the work, beginning with what an earlier server left. Call it once. */
  begin(): Promise<void>;
}
