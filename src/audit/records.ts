import { logRecords } from '../store/contract.ts';
import { nothingBefore, type Place } from './chain.ts';
import type { AuditEntry } from './entry.ts';

/** By sequence number. */
export const auditEntries = logRecords<AuditEntry>('audit');

/** The state of the whole trail; written together with every entry. */
export interface TrailHead extends Place {
  /** The place before the oldest entry kept. */
  readonly anchor: Place;
  /** Entries `begun` whose outcome has no entry yet. */
  readonly open: readonly number[];
}

/** The one record of this collection is `headKey`. */
export const auditHeads = logRecords<TrailHead>('audit_head');
export const headKey = 'head';

export const emptyTrail: TrailHead = {
  sequence: 0,
  hash: nothingBefore,
  anchor: { sequence: 0, hash: nothingBefore },
  open: [],
};

export function auditKey(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
