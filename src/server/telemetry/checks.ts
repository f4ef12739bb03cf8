import { hostRecords } from '../../inventory/collections.ts';
import { describeError } from '../../lib/errors.ts';
import type { CheckResult } from '../../lib/server-reader.ts';
import type { KeyedCachingStore } from '../../store/cached.ts';

interface Checked {
  readonly store: Pick<KeyedCachingStore, 'list' | 'hasRoomFor' | 'isOfEarlierForm'>;
  /** Why the API is not ready. */
  readonly unready: () => string | undefined;
}

/** A check throws, or returns the reason, when something is wrong. */
type Check = () => Promise<string | undefined>;

/** What readiness depends on. Each check is quick, and none changes anything. */
export function serverChecks({ store, unready }: Checked): Promise<CheckResult[]> {
  const checks: Readonly<Record<string, Check>> = {
    ping: async () => undefined,
    started: async () => unready(),
    store: async () => {
      for await (const _ of store.list(hostRecords, { limit: 1 })) break;
      return undefined;
    },
    upgrade: async () => (store.isOfEarlierForm() ? 'the store is being upgraded' : undefined),
    disk: async () => {
      const isFull = 'the disk of the data directory is full: changes are refused until there is space';
      return store.hasRoomFor('change') ? undefined : isFull;
    },
  };
  return Promise.all(Object.entries(checks).map(([name, check]) => resultOf(name, check)));
}

async function resultOf(name: string, check: Check): Promise<CheckResult> {
  const reason = await check().catch(describeError);
  return { name, ok: reason === undefined, reason: reason ?? '' };
}
