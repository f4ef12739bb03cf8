/**
 * What a room gives to the composition root, beside what other rooms use of it. A part that was made can always be
 * disposed of, whether it has begun, failed to begin, or never began.
 */
export interface Part extends AsyncDisposable {
  /** Takes up what an earlier server left. To be called once. */
  begin(): Promise<void>;
}
