import type { Store } from '../../store/contract.ts';
import { operationRecords } from '../records.ts';
import { manifestRecords, manifestsCounted, manifestUses } from './records.ts';

/** How many counts go in one transaction. */
const atOnce = 1_000;

/**
 * Writes down how many operations use each manifest, which an earlier version has not. Later on it finds that it was done. To
 * be called before an operation can be begun.
 */
export async function countManifestUses(store: Store): Promise<void> {
  if ((await store.get(manifestsCounted, 'all')) !== undefined) return;
  const uses = new Map<string, number>();
  for await (const { key } of store.list(manifestRecords)) uses.set(key, 0);
  if (uses.size > 0) {
    for await (const { value } of store.list(operationRecords)) {
      const { kind, parameters } = value;
      const known = kind === 'copy' ? uses.get(String(parameters.manifest)) : undefined;
      if (known !== undefined) uses.set(String(parameters.manifest), known + 1);
    }
  }
  const counted = [...uses];
  for (let from = 0; from < counted.length; from += atOnce) {
    await store.transact(async (tx) => {
      for (const [digest, operations] of counted.slice(from, from + atOnce))
        tx.put(manifestUses, digest, { operations });
    });
  }
  await store.transact(async (tx) => tx.put(manifestsCounted, 'all', true));
}
