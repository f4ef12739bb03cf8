import { pagesOf, roomForPage } from '../store/limits.ts';
import { roomForNames, sizeOfName } from './bound.ts';
import type { Journal } from './journal.ts';
import type { Taking } from './taking.ts';

/** Writes to the journal that a batch was opened. A very large batch takes several entries, all with its number. */
export async function openBatch(
  journal: Journal,
  { store, bound }: Taking,
  batch: number,
  addresses: readonly string[],
): Promise<void> {
  const room = roomForNames(roomForPage(store, bound));
  for (const hosts of pagesOf(addresses, sizeOfName, room))
    await journal.append({ type: 'batch_opened', batch, hosts });
}
