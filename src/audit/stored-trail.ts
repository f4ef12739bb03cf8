import type { Reader } from '../store/contract.ts';
import { UnreadableRecord } from '../store/unreadable-record.ts';
import { type Verdict, verifyChain } from './chain.ts';
import type { AuditEntry } from './entry.ts';
import { auditEntries, auditHeads, headKey, type TrailHead } from './records.ts';

/** Verifies the trail of a store, from the oldest entry to the end that its head names. */
export async function verifyStored(store: Reader, noted?: string): Promise<Verdict & { removed: number }> {
  const head = await headOf(store);
  const verdict = await verifyChain(upToUnreadable(storedEntries(store)), { from: head?.anchor, to: head, noted });
  return { ...verdict, removed: head?.anchor.sequence ?? 0 };
}

/** Ends with undefined in place of an entry that cannot be read. */
async function* upToUnreadable(entries: AsyncIterable<AuditEntry>): AsyncGenerator<AuditEntry | undefined> {
  try {
    yield* entries;
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    yield undefined;
  }
}

/** The entries, oldest first; with `since`, a timestamp or its beginning, only the entries from then on. */
export async function* storedEntries(store: Reader, since = ''): AsyncGenerator<AuditEntry> {
  for await (const { value } of store.list(auditEntries)) if (since === '' || value.at >= since) yield value;
}

/** Undefined when the trail never had an entry. */
export async function headOf(store: Reader): Promise<TrailHead | undefined> {
  return (await store.get(auditHeads, headKey))?.value;
}
