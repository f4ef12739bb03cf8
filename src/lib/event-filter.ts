/** The three parts of an event's name, `type.action.key`. */
export interface EventName {
  type: string;
  action: string;
  key: string;
}

/** Whether an event passes the filter. */
export type EventFilter = (event: EventName) => boolean;

const longest = 512;

/**
 * Parses `type.action.key`. A part is a word, the beginning of one (`host_*`) or `*`; parts left out at the end match
 * anything. The key is everything after the second dot, and may contain dots. Undefined for an invalid filter.
 */
export function parseEventFilter(text: string): EventFilter | undefined {
  const [, type = '', action, key] = /^([^.]*)(?:\.([^.]*)(?:\.(.*))?)?$/s.exec(text) ?? [];
  const isWritten = [type, action].every((part) => part === undefined || /^(\*|[a-z0-9_]+\*?)$/.test(part));
  const isKey = key === undefined || /^(\*|[^*\p{Cc}]+\*?)$/u.test(key);
  if (!isWritten || !isKey || text.length > longest) return undefined;
  const parts = { type: partTest(type), action: partTest(action), key: partTest(key) };
  return (event) => parts.type(event.type) && parts.action(event.action) && parts.key(event.key);
}

/** Passes what at least one of the filters passes; without filters, everything. */
export function anyOf(filters: readonly EventFilter[]): EventFilter {
  return filters.length === 0 ? () => true : (event) => filters.some((filter) => filter(event));
}

function partTest(part = '*'): (text: string) => boolean {
  if (!part.endsWith('*')) return (text) => text === part;
  const beginning = part.slice(0, -1);
  return (text) => text.startsWith(beginning);
}
