import { type Filter, matcherOf } from '../lib/selection.ts';
import type { Reader } from '../store/contract.ts';
import type { AuditEntry } from './entry.ts';
import { auditEntries, auditKey } from './records.ts';

export interface AuditSearch {
  filters: readonly Filter[];
  /** Only entries with a smaller sequence number. */
  before?: number | undefined;
  /** Only entries with a larger one. */
  after: number;
  /** Only entries since this moment: a timestamp, or its beginning. */
  since?: string | undefined;
  limit: number;
}

export interface AuditPage {
  /** Newest first. */
  entries: AuditEntry[];
  /** Where to continue: there may be more entries before this one. */
  next?: number;
}

/** The most entries that one search reads. */
const lookedAt = 50_000;

/** Searches entries from the newest to the oldest. */
export async function searchTrail(store: Reader, search: AuditSearch): Promise<AuditPage> {
  const { filters, before, after, since, limit } = search;
  const matches = matcherOf(filters);
  const entries: AuditEntry[] = [];
  const from = auditKey(after + 1);
  let looked = 0;
  const range = { reverse: true, from, ...(before === undefined ? {} : { after: auditKey(before) }) };
  for await (const { value } of store.list(auditEntries, range)) {
    if (since !== undefined && value.at < since) break;
    if (matches(value)) entries.push(value);
    looked += 1;
    if (entries.length === limit || looked === lookedAt) return { entries, next: value.sequence };
  }
  return { entries };
}
