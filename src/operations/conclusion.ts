import { bytesOf, halfOf, pagesOf, roomForPage } from '../store/limits.ts';
import type { NewEntry } from './entry.ts';
import type { Journal } from './journal.ts';
import { areLast, hostLocksOf } from './locks.ts';
import { aboutOf } from './scope.ts';
import type { Taking } from './taking.ts';

export interface Conclusion {
  /** What was decided, if it is not in the journal yet: a crash in the middle does not change it. */
  decision: readonly NewEntry[];
  /** How the hosts end that have not ended by now. */
  outcomes: () => NewEntry[];
  end: NewEntry;
}

/**
 * Ends an operation: as one append where that fits into a page, otherwise its hosts by pages, then their locks, and at last
 * itself. Once that is on disk nothing of it is in anybody's way.
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
    // Looked at again: a host may have been skipped meanwhile.
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
