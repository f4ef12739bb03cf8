import { records, type Store, type Transaction } from '../store/contract.ts';
import { type Limits, pagesOf, roomForPage } from '../store/limits.ts';
import { giveBack, hostLock } from './locks.ts';
import { operationHostKey, operationHostRecords, partsOfTarget, targetRecords } from './records.ts';

/** What an operation that is not in process yet has, besides its hosts. */
interface Preparing {
  /** The lock of its identity and that of its cluster. */
  locks: string[];
}

/**
 * By operation id: operations that take their hosts page by page and are not in process yet. They have no other record,
 * so that they cannot be found, counted or commanded.
 */
export const preparingRecords = records<Preparing>('operations-preparing');

/**
 * Undoes, page by page, the start of an operation that is not in process. When it fails half way, the next call undoes
 * the rest. It changes nothing for an operation that is in process, or that was undone before.
 *
 * @throws what a commit throws
 */
export async function undoStart(store: Store, bound: Limits, id: string): Promise<void> {
  if ((await store.get(preparingRecords, id)) === undefined) return;
  const parts = await partsOfTarget(store, id);
  const addresses = parts.flatMap(({ value }) => value).toSorted();
  // A lock is compared and deleted, the record of the host is deleted.
  const pages = pagesOf(addresses, { operations: 3, bytes: 0 }, roomForPage(store, bound));
  const undo = (work: (tx: Transaction, preparing: Preparing) => Promise<void>) =>
    store.transact(async (tx) => {
      const preparing = (await tx.get(preparingRecords, id))?.value;
      if (preparing !== undefined) await work(tx, preparing);
    }, 'journal');
  for (const page of pages) {
    await undo(async (tx) => {
      await giveBack(tx, page.map(hostLock), id);
      for (const address of page) tx.delete(operationHostRecords, operationHostKey(id, address));
    });
  }
  await undo(async (tx, { locks }) => {
    await giveBack(tx, locks, id);
    for (const { key } of parts) tx.delete(targetRecords, key);
    tx.delete(preparingRecords, id);
  });
}
