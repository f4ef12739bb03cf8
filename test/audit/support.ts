import type { Place } from '../../src/audit/chain.ts';
import type { AuditEntry, NewAuditEntry } from '../../src/audit/entry.ts';
import { auditEntries, auditHeads, auditKey, headKey } from '../../src/audit/records.ts';
import { verifyStored } from '../../src/audit/stored-trail.ts';
import { Trail } from '../../src/audit/trail.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Store } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { recordingLogger } from '../auth/support.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** What somebody did; the target tells one from another. */
export function deed(target: string, members: Partial<NewAuditEntry> = {}): NewAuditEntry {
  const subject = { request_id: 'r', who: 'alice', method: 'test', peer: '192.0.2.1', action: 'PUT /x', target };
  return { ...subject, result: 'begun', permission: 'host:write', ...members } as NewAuditEntry;
}

export interface TrailBench extends AsyncDisposable {
  readonly store: Store;
  /** The data directory. */
  readonly directory: string;
  readonly trail: Trail;
  readonly logger: ReturnType<typeof recordingLogger>;
  /** Every entry kept, oldest first. */
  entries(): Promise<AuditEntry[]>;
  head(): Promise<Place | undefined>;
  /** Puts another entry in the place of one, or nothing. */
  tamper(sequence: number, change: (entry: AuditEntry) => AuditEntry | undefined): Promise<void>;
  verdict(noted?: string): ReturnType<typeof verifyStored>;
}

/** A trail over a real store. */
export async function trailBench({ limit = 1_000 }: { limit?: number } = {}): Promise<TrailBench> {
  const directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const logger = recordingLogger();
  const trail = new Trail({ store, clock: systemClock, logger, limit });
  await trail.begin();
  return {
    store,
    directory: directory.path,
    trail,
    logger,
    entries: () => Array.fromAsync(store.list(auditEntries), ({ value }) => value),
    head: async () => (await store.get(auditHeads, headKey))?.value,
    async tamper(sequence, change) {
      await store.transact(async (tx) => {
        const entry = (await tx.get(auditEntries, auditKey(sequence)))?.value;
        const changed = entry && change(entry);
        if (changed === undefined) tx.delete(auditEntries, auditKey(sequence));
        else tx.put(auditEntries, auditKey(sequence), changed);
      });
    },
    verdict: (noted) => verifyStored(store, noted),
    async [Symbol.asyncDispose]() {
      await trail[Symbol.asyncDispose]();
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}
