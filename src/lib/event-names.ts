import { suggestName } from './nearest.ts';

/** The events of the product: the actions of each type. `docs/events.md` describes them, and a test compares the two. */
export const eventNames: Readonly<Record<string, readonly string[]>> = {
  host: ['created', 'updated', 'imported', 'deleted', 'labelled', 'renamed', 'same_machine', 'returned'],
  credentials: ['read', 'updated'],
  host_key: ['pinned'],
  cluster: ['created', 'updated', 'imported', 'deleted'],
  network: ['created', 'imported', 'deleted'],
  container_manager: ['created', 'updated', 'deleted'],
  operation: [
    'started',
    'paused',
    'resumed',
    'promoted',
    'cancel_requested',
    'waiting',
    'host_running',
    'host_succeeded',
    'host_failed',
    'host_unreachable',
    'host_skipped',
    'host_cancelled',
    'finished',
    'failed',
    'cancelled',
    'log_removed',
    'removed',
  ],
  budget: ['created', 'updated', 'deleted'],
  secret: ['created', 'deleted'],
  role: ['created', 'updated', 'deleted'],
  role_binding: ['created', 'updated', 'deleted'],
  token: ['created', 'revoked'],
  token_key: ['rotated'],
  hook: ['dead_lettered'],
  certificate: ['renewed', 'expiring'],
  backup: ['created', 'copied', 'failed', 'deleted'],
};

/** The types of events that users post begin with this word, and have any action. */
const ofUsers = 'user';

/** Why a filter can never match an event, and what to write instead. */
export interface FilterSlip {
  readonly problem: string;
  readonly hint: string;
}

/**
 * The type or action in a well-formed filter that no event has; undefined when there can be such events. A part that
 * ends with `*` is the beginning of a name.
 */
export function slipInFilter(text: string): FilterSlip | undefined {
  const [type = '*', action = '*'] = text.split('.', 2);
  if (isOfUsers(type)) return undefined;
  const types = Object.keys(eventNames).filter((name) => fits(type, name));
  if (types.length === 0) {
    const hint = suggestName(type.replace(/\*$/, ''), [...Object.keys(eventNames), ofUsers]);
    return { problem: `no event has the type "${type}"`, hint };
  }
  const actions = [...new Set(types.flatMap((name) => eventNames[name] ?? []))];
  if (actions.some((name) => fits(action, name))) return undefined;
  const hint = suggestName(action.replace(/\*$/, ''), actions);
  return { problem: `no event of the type "${type}" has the action "${action}"`, hint };
}

/** Whether the part of a filter matches the type of an event that a user can post. */
function isOfUsers(part: string): boolean {
  const beginning = part.replace(/\*$/, '');
  return part === ofUsers || part.startsWith(`${ofUsers}_`) || (part.endsWith('*') && ofUsers.startsWith(beginning));
}

function fits(part: string, name: string): boolean {
  return part.endsWith('*') ? name.startsWith(part.slice(0, -1)) : part === name;
}
