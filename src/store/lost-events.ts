import type { EventLog, StoredEvent } from './contract.ts';

/** The first and last sequence number of events that are no longer kept. */
export interface LostEvents {
  first: number;
  last: number;
}

/**
 * Which numbers past a position are from before the oldest event kept. To be asked once the log was read from there. Numbers
 * that are missing later are of events that are gone with the records they stood in, and of those nobody is told.
 *
 * @param read what was read of the log past the position
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
