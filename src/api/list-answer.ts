import type { Selected, Selection } from '../lib/selection.ts';
import { type ListRules, readSelection } from './list-query.ts';

/** What a route can say beside its body. */
export interface AnswerHead {
  status?: number | string;
  headers: Record<string, string | number>;
}

/**
 * The page of a list that the request asks for. `X-Total-Count` says how many records there are on all pages.
 *
 * @throws AppError `invalid_member`, `invalid_name`, and what `find` throws
 */
export async function listAnswer<T>(
  { request, set }: { request: Request; set: AnswerHead },
  rules: ListRules,
  find: (selection: Selection) => Promise<Selected<T>>,
): Promise<T[]> {
  const { records, total } = await find(readSelection(request.url, rules));
  set.headers['x-total-count'] = String(total);
  return records;
}

/** The records by their names, as the original lists most of them. */
export function named({ records, total }: Selected<{ name: string }>): Selected<string> {
  return { records: records.map(({ name }) => name), total };
}
