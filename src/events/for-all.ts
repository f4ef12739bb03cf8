import { Value } from '@sinclair/typebox/value';
import { WaitingFor } from '../operations/operation.ts';
import { nameless } from '../operations/waiting.ts';
import type { StoredEvent } from '../store/contract.ts';

/**
 * An event with only what every follower of it may see. Earlier versions stored in it, with what an operation waits
 * for, the names of hosts and operations of other clusters.
 */
export function eventForAll(event: StoredEvent): StoredEvent {
  const { type, action, data } = event;
  if (type !== 'operation' || action !== 'waiting' || !Value.Check(WaitingFor, data)) return event;
  return { ...event, data: { ...data, ...nameless(data) } };
}
