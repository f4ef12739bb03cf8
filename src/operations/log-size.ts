import type { Store } from '../store/contract.ts';
import { logSizes, logsCounted, outputChunks } from './records.ts';

/** Writes down the sizes of the logs that an earlier version has left without. Later on it finds that it was done. */
export async function countLogs(store: Store): Promise<void> {
  if ((await store.get(logsCounted, 'all')) !== undefined) return;
  const sizes = new Map<string, number>();
  for await (const { key, value } of store.list(outputChunks)) {
    const id = key.slice(0, key.indexOf('/'));
    sizes.set(id, (sizes.get(id) ?? 0) + value.length);
  }
  await store.transact(async (tx) => {
    for (const [id, bytes] of sizes) tx.put(logSizes, id, { bytes });
    tx.put(logsCounted, 'all', true);
  });
}
