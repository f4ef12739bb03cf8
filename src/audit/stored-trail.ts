import type { Reader } from '../store/contract.ts';
import { UnreadableRecord } from '../store/unreadable-record.ts';
import { type Verdict, verifyChain } from './chain.ts';
import type { AuditEntry } from './entry.ts';
import { auditEntries, auditHeads, headKey, type TrailHead } from './records.ts';

/** Whether the trail of a store is whole, from the oldest entry kept to the one it ended with. */
export async function verifyStored(store: Reader, noted?: string): Promise<Verdict & { removed: number }> {
  const head = await headOf(store);
  const verdict = await verifyChain(upToUnreadable(storedEntries(store)), { from: head?.anchor, to: head, noted });
  return { ...verdict, removed: head?.anchor.sequence ?? 0 };
}

/** In place of an entry that cannot be read, with which the iteration ends, stands undefined: that is no entry. */
async function* upToUnreadable(entries: AsyncIterable<AuditEntry>): AsyncGenerator<AuditEntry | undefined> {
  try {
    yield* entries;
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    yield undefined;
  }
}

/** The entries in their order, oldest first; from this moment on when one is given, as a timestamp or its beginning. */
export async function* storedEntries(store: Reader, since = ''): AsyncGenerator<AuditEntry> {
  for await (const { value } of store.list(auditEntries)) if (since === '' || value.at >= since) yield value;
}

/** Undefined when nothing was ever written. */
export async function headOf(store: Reader): Promise<TrailHead | undefined> {
  return (await store.get(auditHeads, headKey))?.value;
}
