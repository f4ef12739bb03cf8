import type { EventLog, StoredEvent } from './contract.ts';

/** The first and last sequence number of events that are no longer kept. */
export interface LostEvents {
  first: number;
  last: number;
}

/**
 * The sequence numbers after a cursor that precede the oldest event kept. Call it after reading the log from there.
 * Later numbers may be missing too, when their events were deleted with their records; these are not reported.
 *
 * @param read what the caller read of the log after the cursor
 */
export async function lostAfter(
  log: Pick<EventLog, 'bounds'>,
  position: number,
  [next]: readonly StoredEvent[],
): Promise<LostEvents | undefined> {
  if (next?.sequence === position + 1) return undefined;
  const { first } = await log.bounds();
  const last = Math.min(first, next?.sequence ?? first) - 1;
  return last > position ? { first: position + 1, last } : undefined;
}
