import type { TimedEvent } from '../store/contract.ts';
import type { JournalEntry } from './entry.ts';
import type { OperationRecord } from './fold.ts';
import { outcomeOf } from './outcome.ts';
import { aboutOf } from './scope.ts';
import { nameless } from './waiting.ts';

/** The counts are for the end of the operation: they say its outcome. */
type Concerned = Pick<OperationRecord, 'id' | 'kind' | 'cluster' | 'clusters'> &
  Partial<Pick<OperationRecord, 'counts'>>;

/** The event for a journal entry; undefined when the entry has none. */
export function eventOf(operation: Concerned, entry: JournalEntry): TimedEvent | undefined {
  const { at } = entry;
  const event = { at, type: 'operation', key: operation.id };
  const about = aboutOf(operation);
  switch (entry.type) {
    case 'operation_ended': {
      const { status } = entry;
      const { counts } = operation;
      const outcome = counts === undefined ? {} : { outcome: outcomeOf({ status, counts }) };
      return { ...event, action: status, data: { ...about, ...outcome } };
    }
    case 'paused':
    case 'resumed':
    case 'promoted':
    case 'cancel_requested':
      return { ...event, action: entry.type, data: { ...about, by: entry.by } };
    case 'waiting':
      return { ...event, action: 'waiting', data: { ...about, ...nameless(entry.waiting_for) } };
    case 'host_started':
    case 'host_resumed':
      return { ...event, action: 'host_running', data: { ...about, host: entry.host } };
    case 'host_ended':
      return { ...event, action: `host_${entry.state}`, data: { ...about, host: entry.host } };
    default:
      return undefined;
  }
}

/**
 * Whether the log of events has no copy of the event. It has a copy of bad outcomes, which it keeps longer than the
 * journal does.
 */
export function standsInJournal({ action }: TimedEvent): boolean {
  return action.startsWith('host_') && action !== 'host_failed' && action !== 'host_unreachable';
}
