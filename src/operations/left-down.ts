import { hostRecords } from '../inventory/collections.ts';
import type { Store } from '../store/contract.ts';
import { pagesOf, roomForPage } from '../store/limits.ts';
import { leftDownRecords } from './budget.ts';
import type { Disruptions } from './disruptions.ts';

/**
 * Forgets that an operation left hosts down which are not in the inventory any more: no operation will repair them, and
 * a later host with the same address is another host.
 *
 * @throws what a commit throws; the next call continues
 */
export async function forgetGoneHosts(store: Store, disruptions: Pick<Disruptions, 'leave'>): Promise<void> {
  const gone: string[] = [];
  for await (const { key } of store.list(leftDownRecords)) {
    if ((await store.get(hostRecords, key)) === undefined) gone.push(key);
  }
  // The host is compared, and its record is deleted.
  for (const page of pagesOf(gone, { operations: 2, bytes: 0 }, roomForPage(store))) {
    const forgotten = await store.transact(async (tx) => {
      const still: string[] = [];
      for (const address of page) {
        if ((await tx.get(hostRecords, address)) === undefined) still.push(address);
      }
      for (const address of still) tx.delete(leftDownRecords, address);
      return still;
    }, 'journal');
    for (const address of forgotten) disruptions.leave(address, null);
  }
}
