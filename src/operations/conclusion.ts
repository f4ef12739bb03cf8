import { bytesOf, halfOf, pagesOf, roomForPage } from '../store/limits.ts';
import type { NewEntry } from './entry.ts';
import type { Journal } from './journal.ts';
import { areLast, hostLocksOf } from './locks.ts';
import { aboutOf } from './scope.ts';
import type { Taking } from './taking.ts';

export interface Conclusion {
  /** What was decided, if it is not in the journal yet: a crash in the middle does not change it. */
  decision: readonly NewEntry[];
  /** The outcomes of the hosts that have not ended yet. */
  outcomes: () => NewEntry[];
  end: NewEntry;
}

/**
 * Ends an operation: with one append where that fits into a page, otherwise first its hosts in pages, then their locks,
 * and last the operation itself. Once the end is on disk, no lock of the operation is left.
 */
export async function conclude(journal: Journal, taking: Taking, conclusion: Conclusion): Promise<void> {
  const { operation } = journal.state;
  const room = roomForPage(taking.store, taking.bound);
  const about = bytesOf(aboutOf(operation));
  // The entry, the record of the host, whether that is down, and the event.
  const sizeOf = (entry: NewEntry) => ({ operations: 4, bytes: 2 * bytesOf(entry) + about + 1_024 });
  let [page = [], ...others] = pagesOf([...conclusion.decision, ...conclusion.outcomes()], sizeOf, halfOf(room));
  while (others.length > 0) {
    await journal.append(...page);
    // Computed again: a host may have been skipped meanwhile.
    [page = [], ...others] = pagesOf(conclusion.outcomes(), sizeOf, halfOf(room));
  }
  const locks = hostLocksOf(journal.state);
  if (!areLast(journal.state, room)) {
    if (page.length > 0) await journal.append(...page);
    page = [];
    await taking.giveBack(locks, operation.id);
  }
  await journal.append(...page, conclusion.end);
}
