import type { Client } from '../client/connect.ts';
import type { ListQuery } from '../client/page.ts';

/** Members whose conditions ask for operations that were not asked for by a caller. */
const asking = ['automatic', 'kind', 'number', 'id', 'requested_by', 'outcome'];

/**
 * The query without the operations that the server started by itself, such as the bootstraps of new hosts, which are
 * many. The query itself when its conditions ask for them.
 */
export function shownOnly(query: ListQuery): ListQuery {
  const { where = {} } = query;
  if (asking.some((member) => member in where)) return query;
  return { ...query, where: { ...where, automatic: 'false' } };
}

/** The line that says how many operations `shownOnly` hides; empty for none. */
export async function hiddenNote(
  operations: Client['operations'],
  { where }: ListQuery,
  shown: number,
): Promise<string> {
  const { total } = await operations.page({ where, limit: 1 });
  const hidden = total - shown;
  if (hidden <= 0) return '';
  return `${hidden} automatic ${hidden === 1 ? 'one' : 'ones'} hidden; --all shows ${hidden === 1 ? 'it' : 'them'}\n`;
}
