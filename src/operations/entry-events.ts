import type { NewEvent } from '../store/contract.ts';
import type { JournalEntry } from './entry.ts';
import type { OperationRecord } from './fold.ts';
import { aboutOf } from './scope.ts';
import { nameless } from './waiting.ts';

/** What the site is told of an entry. */
export function eventsOf(operation: OperationRecord, entry: JournalEntry): NewEvent[] {
  const event = { type: 'operation', key: operation.id };
  const about = aboutOf(operation);
  switch (entry.type) {
    case 'operation_ended':
      return [{ ...event, action: entry.status, data: about }];
    case 'paused':
    case 'resumed':
    case 'promoted':
    case 'cancel_requested':
      return [{ ...event, action: entry.type, data: { ...about, by: entry.by } }];
    case 'waiting':
      return [{ ...event, action: 'waiting', data: { ...about, ...nameless(entry.waiting_for) } }];
    case 'host_started':
    case 'host_resumed':
      return [{ ...event, action: 'host_running', data: { ...about, host: entry.host } }];
    case 'host_ended':
      return [{ ...event, action: `host_${entry.state}`, data: { ...about, host: entry.host } }];
    default:
      return [];
  }
}
